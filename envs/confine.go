package envs

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// decodeConfine reads `confine: auto`, or `confine: {mode: require, read: [/apps], write: [/scratch/ccache]}`.
func decodeConfine(n yamldoc.Node) confine.Config {
	c := confine.Config{Mode: confine.Auto}
	if n.IsNull() {
		return c
	}
	mode := n
	if n.IsMap() {
		f := n.Fields("mode", "read", "write")
		mode = f.Get("mode")
		c.Read, c.Write = absolutePaths(f.Get("read")), absolutePaths(f.Get("write"))
	}
	if !mode.Exists() {
		return c
	}
	switch m := confine.Mode(mode.Line()); m {
	case confine.Auto, confine.Off, confine.Require:
		c.Mode = m
	default:
		mode.Fail("builds cannot be confined like this", "say auto (as far as this kernel can), require (or not build at all) or off")
	}
	return c
}

// absolutePaths reads a list of paths, in which ~ and variables stand for what they do in a shell.
func absolutePaths(n yamldoc.Node) []string {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	var paths []string
	for _, e := range n.ListOrOne() {
		path := os.ExpandEnv(e.Line())
		if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
			path = os.Getenv("HOME") + rest
		}
		if !filepath.IsAbs(path) {
			e.Fail("a path that builds may touch must be absolute", "begin with / or ~")
			continue
		}
		paths = append(paths, filepath.Clean(path))
	}
	return paths
}
