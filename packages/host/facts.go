package host

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/berth-hpc/berth/spec/arch"
)

// Facts is what a machine is, apart from the software that stands on it. Its JSON is kept in env.lock: equal on all nodes of
// a partition, and on any day until the system itself is replaced.
type Facts struct {
	Platform string `json:"platform"` // "linux"
	OS       string `json:"os"`       // "debian12", as Spack names it
	Target   string `json:"target"`   // "zen3": the best microarchitecture that this CPU is
	Kernel   string `json:"-"`        // "6.1.0-18-amd64"; changes with every update, so it is in no lock
	Libc     Libc   `json:"libc"`
}

// Libc is the C library that the system's own programs use.
type Libc struct {
	Name    string `json:"name"`    // "glibc", "musl"
	Version string `json:"version"` // "2.36"
	Loader  string `json:"loader"`  // "/lib64/ld-linux-x86-64.so.2": the program interpreter of what is built here
}

// GatherFacts finds out what a machine is. A C library that berth does not know is left empty: only binaries care.
func GatherFacts(ctx context.Context, sys System) (Facts, error) {
	uname, err := sys.Uname()
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Platform: "linux", Kernel: uname.Release}
	if f.OS, err = OSName(sys); err != nil {
		return Facts{}, err
	}
	cpuinfo, _ := sys.ReadFile("/proc/cpuinfo") // without it the target is the family
	target, err := arch.Detect(bytes.NewReader(cpuinfo), uname.Machine)
	if err != nil {
		return Facts{}, err
	}
	f.Target = target.Name()
	f.Libc, err = FindLibc(ctx, sys)
	if err != nil && !errors.Is(err, ErrNoLibc) {
		return Facts{}, err
	}
	return f, nil
}

// OSName is the operating system as Spack names it: distribution and major version ("debian12", "rhel8", "sles15"), and
// both parts of Ubuntu's version ("ubuntu22.04").
func OSName(sys System) (string, error) {
	var data []byte
	err := error(fs.ErrNotExist)
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} { // the order of os-release(5)
		if data, err = sys.ReadFile(path); err == nil {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("find out the operating system: %w", err)
	}
	release := parseOSRelease(data)
	if release["ID"] == "" {
		release["ID"] = "linux" // os-release(5)'s default
	}
	version := release["VERSION_ID"]
	if version == "" && (release["ID"] == "debian" || strings.Contains(release["ID_LIKE"], "debian")) {
		// Debian's testing and unstable have no VERSION_ID; /etc/debian_version says "trixie/sid".
		if name, err := sys.ReadFile("/etc/debian_version"); err == nil {
			version = strings.TrimSpace(string(name))
		}
	}
	if version == "" && release["BUILD_ID"] == "rolling" {
		version = "rolling"
	}
	return spackOSName(release["ID"], version), nil
}

// normalizedIDs are the os-release IDs for which Spack has another name.
var normalizedIDs = map[string]string{"ol": "oracle", "opensuse-leap": "opensuse"}

var notInOSName = regexp.MustCompile(`[^a-z0-9_.-]+`)

func spackOSName(id, version string) string {
	id = strings.ToLower(id)
	if name, ok := normalizedIDs[id]; ok {
		id = name
	}
	parts := regexp.MustCompile(`[^\w-]`).Split(version, -1)
	keep := 1
	if strings.Contains(id, "ubuntu") && len(parts) > 1 {
		keep = 2
	}
	return notInOSName.ReplaceAllString(id+strings.ToLower(strings.Join(parts[:keep], ".")), "")
}

// parseOSRelease reads the assignments of os-release(5): a subset of the shell's, quotes included.
func parseOSRelease(data []byte) map[string]string {
	release := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if words := splitWords(value); len(words) > 0 {
			release[name] = words[0]
		}
	}
	return release
}

// loader is a dynamic loader and the machine it serves.
type loader struct{ machine, path, libc string }

var loaders = []loader{
	{"x86_64", "/lib64/ld-linux-x86-64.so.2", "glibc"},
	{"aarch64", "/lib/ld-linux-aarch64.so.1", "glibc"},
	{"ppc64le", "/lib64/ld64.so.2", "glibc"},
	{"riscv64", "/lib/ld-linux-riscv64-lp64d.so.1", "glibc"},
	{"x86_64", "/lib/ld-musl-x86_64.so.1", "musl"},
	{"aarch64", "/lib/ld-musl-aarch64.so.1", "musl"},
	{"ppc64le", "/lib/ld-musl-powerpc64le.so.1", "musl"},
	{"riscv64", "/lib/ld-musl-riscv64.so.1", "musl"},
}

// ErrNoLibc is wrapped when the C library cannot be recognised.
var ErrNoLibc = errors.New("no C library that berth knows")

// FindLibc tells the system's C library by its dynamic loader.
func FindLibc(ctx context.Context, sys System) (Libc, error) {
	uname, err := sys.Uname()
	if err != nil {
		return Libc{}, err
	}
	l, ok := systemLoader(sys, uname.Machine)
	if !ok {
		return Libc{}, fmt.Errorf("find the dynamic loader of %s: %w", uname.Machine, ErrNoLibc)
	}
	version := ""
	if l.libc == "musl" {
		version = muslVersion(ctx, sys, l.path)
	} else {
		version = glibcVersion(sys, l.path)
	}
	if version == "" {
		return Libc{}, fmt.Errorf("find the version of %s by %s: %w", l.libc, l.path, ErrNoLibc)
	}
	return Libc{Name: l.libc, Version: version, Loader: l.path}, nil
}

// systemLoader picks the loader of this machine. Where two C libraries stand side by side, it is the one of /bin/sh.
func systemLoader(sys System, machine string) (loader, bool) {
	var found []loader
	for _, l := range loaders {
		if l.machine != machine {
			continue
		}
		if _, err := sys.Stat(l.path); err == nil {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return loader{}, false
	}
	if len(found) > 1 {
		interpreter := interpreterOf(sys, "/bin/sh")
		for _, l := range found {
			if l.path == interpreter {
				return l, true
			}
		}
	}
	return found[0], true
}

// interpreterOf reads the PT_INTERP of a program; "" if it has none.
func interpreterOf(sys System, path string) string {
	data, err := sys.ReadFile(path)
	if err != nil {
		return ""
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz > 4096 {
			continue
		}
		text := make([]byte, p.Filesz)
		if _, err := p.ReadAt(text, 0); err == nil {
			return strings.TrimRight(string(text), "\x00")
		}
	}
	return ""
}

// glibc has its version in a text that libc.so.6 prints when it is executed; reading it runs nothing.
var glibcBanner = regexp.MustCompile(`GNU C Library [^\x00\n]{0,80}? version ([0-9]+\.[0-9]+(?:\.[0-9]+)?)`)

func glibcVersion(sys System, loaderPath string) string {
	real, err := sys.EvalSymlinks(loaderPath)
	if err != nil {
		real = loaderPath
	}
	// The loader and the library stand in one directory, or (older Debian) the loader in /lib64 is a link there.
	for _, dir := range []string{filepath.Dir(real), filepath.Dir(loaderPath), "/lib64", "/usr/lib64"} {
		data, err := sys.ReadFile(filepath.Join(dir, "libc.so.6"))
		if err != nil {
			continue
		}
		if m := glibcBanner.FindSubmatch(data); m != nil {
			return string(m[1])
		}
	}
	return ""
}

var muslBanner = regexp.MustCompile(`(?m)^Version ([0-9]+(?:\.[0-9]+)+)`)

// muslVersion asks the loader itself: without arguments it prints who it is, and fails.
func muslVersion(ctx context.Context, sys System, path string) string {
	r, err := sys.Run(ctx, Command{Argv: []string{path}, Env: []string{"LC_ALL=C"}, Timeout: 10 * time.Second})
	if err != nil {
		return ""
	}
	if m := muslBanner.FindStringSubmatch(r.Both()); m != nil {
		return m[1]
	}
	return ""
}
