package envs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

//go:embed defaults.yaml
var defaultsYAML []byte

// PackagesName is the file that describes what the host has, in Spack's format.
const PackagesName = "packages.yaml"

// siteDir is where administrators describe their host to every user.
const siteDir = "/etc/berth"

// Session is where berth works: the root below which it keeps everything, the settings, and the machine. It is made once per command.
type Session struct {
	Root     string // "/home/u/.berth"
	Site     string // where the site's configuration is: "/etc/berth", or several directories, separated by colons, the one that wins first
	Settings Settings
	Machine  host.System
	Offline  bool // touch no network: what is not here or in a mirror on this machine is missing
	// NoChecksum takes sources that nothing says the checksum of.
	NoChecksum bool
	// OnlyIndexed leaves out Spack repositories that are not indexed yet, instead of reading them, and looks at no file of the others: for
	// completing command lines, where nobody waits.
	OnlyIndexed bool
	// Note is told what a person may want to know; it may be nil.
	Note func(format string, args ...any)
	// Warn is told what was wrong and was mended or passed over, a line without its end; it may be nil.
	Warn func(message string)
	// CommandLine is what the command line says beside its specs, which wins over all; nil if nothing.
	CommandLine *config.Layer

	system System          // of the environment that is worked on: its upstreams
	trees  *openTrees      // opened once
	told   map[string]bool // warnings that were given
}

// NewSession reads the settings below root. Nothing is written.
func NewSession(root string) (*Session, error) {
	settings, err := ReadSettings(root)
	if err != nil {
		return nil, err
	}
	return &Session{Root: root, Site: siteDir, Settings: settings, Machine: host.Machine{}, told: map[string]bool{}}, nil
}

func (s *Session) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(format, args...)
	}
}

func (s *Session) warn(format string, args ...any) {
	if s.Warn != nil {
		s.Warn(fmt.Sprintf(format, args...))
	}
}

// configuration reads what the user and the site say of packages in general, and berth's own defaults: the one that wins first. Where the user has no packages.yaml
// yet, the host is searched and one is written, so that the first command works.
func (s *Session) configuration(ctx context.Context, repo packages.Repo) ([]*config.Scope, error) {
	path := s.PackagesPath()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if path, err = s.discover(ctx, repo); err != nil {
			return nil, err
		}
		if path != s.PackagesPath() {
			defer os.Remove(path)
		}
	}
	return s.readScopes(path)
}

// configurationFor is configuration for a system. Where its sheet says what it has, this host is not searched for anything.
func (s *Session) configurationFor(ctx context.Context, repo packages.Repo, sheet *Sheet) ([]*config.Scope, error) {
	if sheet != nil && sheet.Packages != nil {
		return s.readScopes(s.PackagesPath())
	}
	return s.configuration(ctx, repo)
}

// Configuration is what the environment (nil: none), the user and the site say of packages in general, as far as it is written down: the
// host is not searched.
func (s *Session) Configuration(e *Environment) (packages.Configuration, error) {
	scopes, err := s.readScopes(s.PackagesPath())
	if err != nil {
		return packages.Configuration{}, err
	}
	if e != nil {
		scopes = append([]*config.Scope{e.Manifest.Packages}, scopes...)
	}
	return config.Merge(append(s.commandLine(), scopes...)...), nil
}

// readScopes reads what the user (whose packages.yaml is at path) and the site say of packages, and berth's own defaults.
func (s *Session) readScopes(path string) ([]*config.Scope, error) {
	defaults, err := config.Parse("berth's defaults", defaultsYAML)
	if err != nil {
		return nil, err
	}
	layers, err := s.Layers()
	if err != nil {
		return nil, err
	}
	var scopes []*config.Scope
	if path != s.PackagesPath() { // what was found on the host, and could not be written down
		found, err := config.Read(path)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, found)
	}
	for _, l := range layers {
		scopes = append(scopes, l.Packages...)
	}
	return append(scopes, defaults), nil
}

// Layers reads what is configured beside an environment: by the user, and by the site, whose directories may be several. The one that
// wins comes first.
func (s *Session) Layers() ([]*config.Layer, error) {
	vars := config.HostVariables()
	user, err := config.ReadLayer("user", s.Root, vars)
	if err != nil {
		return nil, err
	}
	layers := []*config.Layer{user}
	for _, dir := range filepath.SplitList(s.Site) {
		site, err := config.ReadSite("site", dir, vars)
		if err != nil {
			return nil, err
		}
		s.tellPassed(site.Passed)
		layers = append(layers, site)
	}
	return layers, nil
}

// tellPassed warns once of what is not used of a site's file, with the first place.
func (s *Session) tellPassed(passed []*yamldoc.Error) {
	if len(passed) == 0 || s.told[passed[0].Error()] {
		return
	}
	if s.told != nil {
		s.told[passed[0].Error()] = true
	}
	more := ""
	if len(passed) > 1 {
		more = fmt.Sprintf("; and %d more, which `berth config show` lists", len(passed)-1)
	}
	s.warn("passed over, of the site's configuration: %v%s", passed[0], more)
}

// commandLine is what the command line says of packages.
func (s *Session) commandLine() []*config.Scope {
	if s.CommandLine == nil {
		return nil
	}
	return s.CommandLine.Packages
}

// PackagesPath is the user's packages.yaml.
func (s *Session) PackagesPath() string { return filepath.Join(s.Root, PackagesName) }

// Externals lists what the user's and the site's packages.yaml say that this host has, by package, the user's first.
func (s *Session) Externals() (map[string][]packages.External, error) {
	layers, err := s.Layers()
	if err != nil {
		return nil, err
	}
	var scopes []*config.Scope
	for _, l := range layers {
		scopes = append(scopes, l.Packages...)
	}
	recorded := map[string][]packages.External{}
	for name, c := range config.Merge(scopes...).Packages {
		if len(c.Externals) > 0 {
			recorded[name] = c.Externals
		}
	}
	return recorded, nil
}

// discover searches the host and writes what it has into the user's packages.yaml, or into a temporary file where the root cannot be written.
func (s *Session) discover(ctx context.Context, repo packages.Repo) (path string, err error) {
	s.note("looking for compilers, MPI and tools on this host...") // it runs what it finds, which can take seconds
	// The file is for every command from now on: one with other recipes must not leave out what the embedded ones are built with.
	embedded, err := builtin.Open()
	if err != nil {
		return "", err
	}
	report, err := s.FindExternals(ctx, packages.Layer(repo, embedded), nil, false)
	if err != nil {
		return "", err
	}
	path = s.PackagesPath()
	silent := report.Silent()
	for _, f := range silent {
		s.warn("%s: %s", f.Path, f.Reason)
	}
	if programs := report.SilentPrograms(); len(programs) > 0 {
		s.note("`berth external find --skip %s` does without what never answers, and writes the rest", strings.Join(programs, " --skip "))
	}
	if len(silent) > 0 { // what was found serves this command; written down, it would be taken for all that there is
		err = fmt.Errorf("nothing is written to %s, as not every program answered", path)
	} else if _, err = s.UpdateExternals(config.Update{Add: report.Externals}); err == nil {
		if len(report.Externals) == 0 { // then there is no file either
			s.note("none found; the host will be searched again next time")
			return path, nil
		}
		s.note("%d found, listed in %s", len(report.Externals), path)
		return path, nil
	}
	s.note("%v; the host will be searched again next time", err)
	temp, err := os.CreateTemp("", "berth-packages-*.yaml")
	if err != nil {
		return "", fmt.Errorf("write what the host has: %w", err)
	}
	_, err = config.WriteExternals(temp.Name(), report.Externals)
	return temp.Name(), errors.Join(err, temp.Close())
}

// FindExternals searches the host for compilers, MPI and tools; names limits it to those packages. What programs answered before is remembered, unless fresh.
func (s *Session) FindExternals(ctx context.Context, repo packages.Repo, names []string, fresh bool) (host.Report, error) {
	return s.FindExternalsWith(ctx, repo, names, FindOptions{Fresh: fresh})
}

// FindOptions is how to search the host.
type FindOptions struct {
	Fresh   bool                // ask every program again
	Start   bool                // start a program of each MPI with two ranks
	Modules *host.ModuleCommand // look into modules, too
	Skip    []string            // programs that are not asked, and directories of such
}

// FindExternalsWith is FindExternals with more to say.
func (s *Session) FindExternalsWith(ctx context.Context, repo packages.Repo, names []string, o FindOptions) (host.Report, error) {
	f := host.Finder{System: s.Machine, Repo: recognisable(repo), Exclude: []string{s.Root}, Skip: o.Skip, Start: o.Start, Modules: o.Modules}
	if !o.Fresh {
		f.CacheDir = filepath.Join(s.Root, "cache", "host")
	}
	others := slices.DeleteFunc(slices.Clone(names), gpu.OfROCm) // which no program tells: their trees do
	report := host.Report{}
	if len(names) == 0 || len(others) > 0 {
		var err error
		if report, err = f.Find(ctx, others); err != nil {
			return host.Report{}, err
		}
	}
	s.addToolkits(ctx, &report, repo, names)
	for _, name := range names {
		if gpu.OfROCm(name) && !slices.ContainsFunc(report.Externals, func(x packages.External) bool { return x.Spec.Name == name }) {
			report.Findings = append(report.Findings, host.Finding{Package: name, Verdict: host.Missing})
		}
	}
	return report, nil
}

// addToolkits adds what CUDA toolkits and ROCm trees hold: those that stand where installers put them are mostly not on PATH.
func (s *Session) addToolkits(ctx context.Context, report *host.Report, repo packages.Repo, names []string) {
	known := repo.Names()
	probe := gpu.Prober{System: s.Machine, Getenv: os.Getenv}.Probe(ctx)
	for _, x := range gpu.Externals(s.Machine, probe.Toolkits) {
		if name := x.Spec.Name; len(names) > 0 && !slices.Contains(names, name) || !slices.Contains(known, name) {
			continue
		}
		same := func(o packages.External) bool {
			real, err := s.Machine.EvalSymlinks(o.Prefix)
			return err == nil && o.Spec.Name == x.Spec.Name && real == x.Prefix
		}
		if !slices.ContainsFunc(report.Externals, same) {
			report.Externals = append(report.Externals, x)
			report.Findings = slices.DeleteFunc(report.Findings, func(f host.Finding) bool { return f.Package == x.Spec.Name && f.Verdict == host.Missing })
			report.Findings = append(report.Findings, host.Finding{Package: x.Spec.Name, Path: x.Prefix, Verdict: host.Found, Reason: x.Spec.String()})
		}
	}
}

// recognisable leaves out Spack repositories: their recipes recognise a package by methods, which are not run, and are thousands.
func recognisable(repo packages.Repo) packages.Repo {
	return packages.Layer(slices.DeleteFunc(packages.Layers(repo), func(r packages.Repo) bool {
		_, spack := r.(*SpackRepo)
		return spack
	})...)
}

// UpdateExternals changes the user's packages.yaml.
func (s *Session) UpdateExternals(u config.Update) (config.Updated, error) {
	if err := durable.MkdirAll(s.Root, 0o755); err != nil {
		return config.Updated{}, fmt.Errorf("write %s: %w", PackagesName, err)
	}
	return config.UpdateFile(s.PackagesPath(), u)
}
