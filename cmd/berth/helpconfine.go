package main

import (
	"fmt"

	"github.com/berth-hpc/berth/install/confine"
)

// confinementTopic tells what builds may do, and what of that this machine enforces.
func confinementTopic() string {
	text := `What the commands of a build may do:

  write   their stage (source, build, HOME and TMPDIR in it) and the package's prefix; /dev/null and the like
  read    the system (/usr, /lib, /etc, /opt, ...), what the package depends on, the compilers; not your files
  network none, once the sources are fetched. Only the machine's own (AF_UNIX) sockets open

None of your environment variables reach a build but the addresses of licence servers; where one names a server,
the network stays open for it. Builds of packages with MPI get a network of their own with nothing but the
loopback device, and where namespaces are not allowed, the open one.

In config.yaml in the berth root:

  confine: auto        as far as the kernel can (the default); berth says so where it cannot
  confine: require     do not build at all where the kernel cannot
  confine: off
  confine:             let builds touch more
    mode: auto
    read: [/apps/licences]
    write: [~/.ccache]

`
	return text + fmt.Sprintf("This machine can confine: %s.\n", confine.Probe())
}
