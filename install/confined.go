package install

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/confine"
)

// systemReads are the directories of a machine's system, which builds may read: programs, libraries, headers, configuration, and what
// the kernel and package managers know. Home directories, /tmp, /srv, /mnt and sites' own file systems are not among them: what a
// build needs there is the prefix of a dependency, or stands in its environment.
var systemReads = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc", "/sys", "/var/lib", "/var/cache",
	"/nix/store", "/gnu/store", "/cvmfs", "/run/systemd/resolve", "/run/nscd", "/run/current-system", "/run/opengl-driver",
}

// systemWrites are devices that hold nothing, and the shared memory in which semaphores live.
var systemWrites = []string{
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/shm",
}

// prepareConfinement asks the kernel what it can do, says once what it cannot, and refuses if all of it is required.
func (r *run) prepareConfinement() error {
	if !r.Confine.Active() {
		return nil
	}
	r.ability = confine.Probe()
	missing := r.ability.Missing()
	if missing == "" {
		return nil
	}
	if r.Confine.Mode == confine.Require {
		return fmt.Errorf("confine builds: %s; `confine: auto` in config.yaml builds nevertheless", missing)
	}
	if r.Warn != nil {
		r.Warn("builds are not fully confined: " + missing)
	}
	return nil
}

// confinement is what the build's commands may do; nil if they are not confined.
func (b *build) confinement() *confine.Policy {
	if !b.Confine.Active() {
		if !b.isBeside() {
			return nil
		}
		return &confine.Policy{Network: true, Place: b.prefix, Beside: b.root}
	}
	s, homes := b.stage, homeDirs()
	p := &confine.Policy{
		Ability: b.ability,
		Write:   append([]string{s.UnpackDir(), s.BuildDir(), s.HomeDir(), s.TmpDir(), b.prefix}, b.Confine.Write...),
		Read:    append([]string{s.Dir}, b.Confine.Read...),
	}
	if b.isBeside() {
		p.Place, p.Beside = b.prefix, b.root
	}
	p.Write = append(p.Write, systemWrites...)
	if b.DebugWrap {
		p.Write = append(p.Write, b.wrapperLog())
	}
	for _, dir := range systemReads {
		p.Read = append(p.Read, outside(dir, homes)...)
	}
	p.Read = append(p.Read, b.berth, b.Store.TrampolinePath())
	for _, dir := range b.env.Reads() {
		if private(dir, homes) && !within(dir, b.Store.Dir()) {
			p.Read = append(p.Read, partsOf(dir)...) // an external in ~/.pyenv; of ~/.ssh, this is nothing
			continue
		}
		p.Read = append(p.Read, outside(dir, homes)...)
	}
	if b.Installer.RunTests { // which may need what is to be computed on
		p.Write = append(p.Write, "/dev")
	}
	_, mpi := b.env.Dep("mpi")
	lax := b.Confine.Mode != confine.Require
	switch {
	case b.env.LicenceServer() != "": // a compiler that asks a server for its licence cannot do without
		p.Network = lax
	case mpi && b.ability.Seccomp: // configure scripts and tests start programs of MPI
		p.Loopback = confine.CanLoopback(b.berth)
		p.Network = lax && !p.Loopback
	}
	slices.Sort(p.Read)
	p.Read = slices.Compact(p.Read)
	return p
}

// describe is the line of the log that says how the build is confined.
func describeConfinement(p *confine.Policy) string {
	text := "confined: " + p.Ability.String()
	switch {
	case p.Loopback:
		text += "; a network of its own, for MPI"
	case p.Network:
		text += "; the network is open, for MPI or a licence server"
	}
	return text
}

// homeDirs are the directories that hold what is the user's own.
func homeDirs() []string {
	var dirs []string
	add := func(dir string) {
		if filepath.IsAbs(dir) && filepath.Clean(dir) != "/" {
			dirs = append(dirs, filepath.Clean(dir))
			if real, err := filepath.EvalSymlinks(dir); err == nil {
				dirs = append(dirs, real)
			}
		}
	}
	add(os.Getenv("HOME"))
	if u, err := user.Current(); err == nil {
		add(u.HomeDir)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// private reports whether path is hidden in a home directory, where programs keep keys and tokens (~/.ssh, ~/.aws, ~/.config).
func private(path string, homes []string) bool {
	for _, home := range homes {
		if strings.HasPrefix(path, home+"/.") {
			return true
		}
	}
	return false
}

// parts are the directories of a prefix, for one that is a home directory, too.
var parts = []string{"bin", "etc", "include", "lib", "lib64", "libexec", "man", "opt", "sbin", "share"}

func partsOf(prefix string) []string {
	var list []string
	for _, part := range parts {
		list = append(list, filepath.Join(prefix, part))
	}
	return list
}

// outside gives what to name so that dir can be read but no home directory that it holds, or is: of that only the directories that a
// prefix has (an external may stand in a home directory itself, as ~/bin/cmake does).
func outside(dir string, homes []string) []string {
	dir = filepath.Clean(dir)
	for _, home := range homes {
		switch {
		case dir == home:
			return partsOf(dir)
		case dir == "/" || strings.HasPrefix(home, dir+"/"):
			entries, _ := os.ReadDir(dir)
			var list []string
			for _, e := range entries {
				if path := filepath.Join(dir, e.Name()); path != home {
					list = append(list, outside(path, homes)...)
				}
			}
			return list
		}
	}
	return []string{dir}
}

// denials tells from the log what the build tried and may not; nil if nothing shows.
func (b *build) denials() []confine.Denial {
	if b.confine == nil {
		return nil
	}
	f, err := os.Open(b.log.path)
	if err != nil {
		return nil
	}
	defer f.Close()
	return b.confine.Explain(f)
}
