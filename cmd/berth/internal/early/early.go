// Package early becomes the compiler wrapper before the rest of berth is initialised, if that is the name by which it was called.
//
// A build calls its compilers thousands of times, and what the packages of berth prepare when a process starts (regular expressions, tables) would take longer
// than the wrapper itself. Go initialises, of the packages whose imports are initialised, always the one with the first path: this one imports the wrapper and
// nothing else, so that it comes before all that needs more than that. That is why its work is in init, and why it must import nothing more.
// TestNothingBeforeTheWrapper holds that it stays so.
package early

import (
	"os"

	"github.com/berth-hpc/berth/install/wrapper"
)

func init() {
	if wrapper.Is(os.Args[0]) {
		os.Exit(wrapper.Main(os.Args, os.Environ()))
	}
}
