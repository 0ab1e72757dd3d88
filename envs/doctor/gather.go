package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/host"
)

// Where is what is looked at.
type Where struct {
	Session     *envs.Session
	Environment *envs.Environment // the one here; nil: none
	Getenv      func(string) string
	Self        string // this program: "/home/u/bin/berth"
}

// Gather looks at everything. What cannot be looked at is left out, but a cancelled ctx ends it.
func Gather(ctx context.Context, w Where) (*Patient, Summary, error) {
	p := &Patient{}
	sum := Summary{}
	st, err := w.Session.Store()
	if err != nil {
		return nil, nil, err
	}
	p.Root = probePlace(ctx, w.Session.Root, w.Getenv)
	p.Stage = probePlace(ctx, st.StageDir(), w.Getenv)
	p.Process, p.Tools = gatherProcess(w.Getenv), gatherTools()
	facts, report, err := w.Session.ProbeHere(ctx, w.Getenv, false)
	if err != nil {
		return nil, nil, err
	}
	p.Process.Target = facts.Target
	p.Process.Host, _ = os.Hostname() // a machine may have none
	p.Process.CPUs, p.Process.Jobs = runtime.GOMAXPROCS(0), install.DefaultJobs()
	p.GPU = GPU{Facts: facts.GPU, Drivers: report.Drivers, Toolkits: report.Toolkits, Notes: report.Notes}
	if err := w.software(ctx, p); err != nil {
		return nil, nil, err
	}
	if err := w.trees(p); err != nil {
		return nil, nil, err
	}
	if err := w.environments(ctx, p, facts); err != nil {
		return nil, nil, err
	}
	p.Shell = w.shell()
	p.Leftovers = leftOver(st.StageDir(), st.Dir(), w.Session.Root, w.Session.Settings.GC.Stages)
	sum.fill(p, facts)
	return p, sum, ctx.Err()
}

// gatherProcess looks at what the shell that berth was started from gives to it.
func gatherProcess(getenv func(string) string) Process {
	pr := Process{Umask: -1, Limits: map[string]uint64{}, Variables: map[string]string{}}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "Umask:"); ok {
			if mask, err := strconv.ParseInt(strings.TrimSpace(text), 8, 32); err == nil {
				pr.Umask = int(mask)
			}
		}
	}
	// Of the shell: a Go program raises its own limit of open files when it starts.
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", os.Getppid()))
	if err == nil {
		pr.Limits = parseLimits(string(limits))
	}
	enforce, _ := os.ReadFile("/sys/fs/selinux/enforce")
	pr.SELinux = strings.TrimSpace(string(enforce)) == "1"
	for name := range disturbing {
		pr.Variables[name] = getenv(name)
	}
	return pr
}

// limitNames are the lines of /proc/PID/limits that matter.
var limitNames = map[string]string{
	"Max open files": "open files", "Max processes": "processes", "Max file size": "file size", "Max address space": "memory", "Max stack size": "stack",
}

var columns = regexp.MustCompile(`\s{2,}`)

// parseLimits reads the soft limits that are set.
func parseLimits(text string) map[string]uint64 {
	limits := map[string]uint64{}
	for line := range strings.Lines(text) {
		fields := columns.Split(strings.TrimSpace(line), -1)
		if name := limitNames[fields[0]]; name != "" && len(fields) > 1 {
			if value, err := strconv.ParseUint(fields[1], 10, 64); err == nil { // "unlimited" is none
				limits[name] = value
			}
		}
	}
	return limits
}

func gatherTools() map[string]string {
	found := map[string]string{}
	for _, t := range neededTools {
		for _, name := range []string{t.name, "g" + t.name} {
			if path, err := exec.LookPath(name); err == nil && found[t.name] == "" {
				found[t.name] = path
			}
		}
		if found[t.name] == "" {
			found[t.name] = ""
		}
	}
	return found
}

// software reads what packages.yaml says that the host has; where there is none yet, the host is searched, and nothing written.
func (w Where) software(ctx context.Context, p *Patient) error {
	recorded, err := w.Session.Externals()
	if err != nil {
		return err
	}
	var all []packages.External
	for _, list := range recorded {
		all = append(all, list...)
	}
	repo, err := builtin.Open()
	if err != nil {
		return err
	}
	mpis := repo.Providers("mpi")
	if len(all) == 0 {
		report, err := w.Session.FindExternals(ctx, repo, nil, !p.Root.Exists) // what programs answer is remembered below the root, if there is one
		if err != nil {
			return err
		}
		all = report.Externals
		for _, f := range report.Silent() {
			p.Silent = append(p.Silent, f.Path+": "+f.Reason)
		}
	}
	slices.SortFunc(all, func(a, b packages.External) int {
		return strings.Compare(name(a)+" "+a.Prefix, name(b)+" "+b.Prefix)
	})
	for _, x := range all {
		languages := below(x, "compilers.")
		missing := host.Gone(w.Session.Machine, x)
		place := ""
		if len(missing) > 0 && x.Place.File != w.Session.PackagesPath() {
			place = x.Place.String()
		}
		switch {
		case len(languages) > 0:
			p.Compilers = append(p.Compilers, Compiler{Spec: name(x), Paths: languages, Missing: missing, Place: place})
		case len(missing) > 0:
			p.Externals = append(p.Externals, External{Spec: name(x), Path: missing[0], Place: place})
		case x.Attributes["wrappers.mpicc"] != "" || slices.Contains(mpis, x.Spec.Name): // that of a site tells no wrappers
			p.MPIs = append(p.MPIs, describeMPI(x, all))
		}
	}
	return nil
}

// name is a spec as people write it: gcc@12.2.0.
func name(x packages.External) string {
	v, _ := x.Spec.Versions.Single() // an external has one
	return x.Spec.Name + "@" + v.String()
}

// below are the attributes with a beginning, by the rest of their names.
func below(x packages.External, beginning string) map[string]string {
	found := map[string]string{}
	for key, value := range x.Attributes {
		if rest, ok := strings.CutPrefix(key, beginning); ok {
			found[rest] = value
		}
	}
	return found
}

func describeMPI(x packages.External, all []packages.External) MPI {
	m := MPI{Spec: name(x), Prefix: x.Prefix}
	wrappers := below(x, "wrappers.")
	m.Fortran = len(wrappers) == 0 || wrappers["mpifort"] != "" || wrappers["mpif90"] != ""
	for _, d := range x.Dependencies {
		if len(d.Virtuals) > 0 && !slices.Contains(d.Virtuals, "c") {
			continue
		}
		m.Compiler = d.ID
		if d.Spec != nil {
			m.Compiler = strings.Replace(d.Spec.String(), "@=", "@", 1)
		}
		m.Known = slices.ContainsFunc(all, func(o packages.External) bool {
			return d.ID != "" && o.ID == d.ID || d.Spec != nil && o.Spec.Satisfies(d.Spec)
		})
	}
	return m
}

// trees looks whether upstreams and mirrors can be read at all; `berth upstream check` looks at all that is in one.
func (w Where) trees(p *Patient) error {
	var system envs.System
	if w.Environment != nil {
		if here, err := w.Environment.Manifest.System(""); err == nil {
			system = here
		}
	}
	list, err := w.Session.Upstreams(system)
	if err != nil {
		return err
	}
	for _, u := range list {
		found := Upstream{Name: u.Name, Path: u.InstallTree, Place: u.Place.String()}
		if _, err := upstream.KindOf(u.InstallTree); err != nil {
			found.Broken = err.Error()
		}
		p.Upstreams = append(p.Upstreams, found)
	}
	for _, url := range w.Session.Settings.Mirrors {
		found := Mirror{URL: url}
		if path := strings.TrimPrefix(url, "file://"); filepath.IsAbs(path) {
			if _, err := os.Stat(path); err != nil {
				found.Broken = err.Error()
			}
		}
		p.Mirrors = append(p.Mirrors, found)
	}
	return nil
}

// environments looks at those that were installed into the root, and at the one here.
func (w Where) environments(ctx context.Context, p *Patient, now envs.SystemFacts) error {
	list, err := w.Session.Registered()
	if err != nil {
		return err
	}
	here := ""
	if w.Environment != nil {
		here = w.Environment.Dir
		if !slices.ContainsFunc(list, func(r envs.Registered) bool { return r.Dir == here }) {
			list = append(list, envs.Registered{Dir: here})
		}
		if p.GPU.UsersCUDA, err = w.Environment.LockedVersions("cuda"); err != nil {
			p.GPU.UsersCUDA = nil // the environment is broken, which is told below
		}
		if _, err := w.Environment.Manifest.System(""); err != nil {
			for _, s := range w.Environment.Manifest.Systems {
				p.Unnamed = append(p.Unnamed, s.Name)
			}
		}
		sheets, err := w.Environment.SheetDrifts(now)
		if err != nil {
			return err
		}
		for _, s := range sheets {
			p.Systems = append(p.Systems, System{Name: s.System, Sheet: s.Sheet, Now: s.Now})
		}
		gaps, err := w.Environment.SystemGaps(now)
		if err != nil {
			return err
		}
		for _, g := range gaps {
			p.Systems = append(p.Systems, System{Name: g.System, Sheet: g.Sheet, Unknown: g.Unknown, Locked: g.Locked, Lacks: g.Lacks, Wants: g.Wants})
		}
	}
	for _, r := range list {
		p.Environments = append(p.Environments, w.environment(ctx, r, r.Dir == here))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (w Where) environment(ctx context.Context, r envs.Registered, here bool) Environment {
	found := Environment{Dir: r.Dir, Here: here, Gone: r.Gone}
	if r.Gone {
		return found
	}
	e, err := envs.Open(r.Dir)
	if err != nil {
		found.Broken, found.Manifest = err.Error(), true
		return found
	}
	if found.Drifts, err = e.HostDrifts(ctx, w.Session); err != nil {
		found.Broken = err.Error()
		return found
	}
	if here && len(found.Drifts) == 0 {
		found.Drifts = w.recipeDrifts(ctx, e)
	}
	found.Stale = e.ActivationState()
	return found
}

// recipeDrifts is the rest of what --locked checks. Where the recipes cannot be read at all, that is told.
func (w Where) recipeDrifts(ctx context.Context, e *envs.Environment) []string {
	if lock, err := e.Lock(); err != nil || lock == nil {
		return nil
	}
	here, err := e.Manifest.System("")
	if err != nil {
		return nil // no system is this machine's
	}
	err = e.Check(ctx, w.Session, envs.Options{System: here.Name})
	var drift *envs.DriftError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &drift):
		return drift.Drifts
	}
	return []string{err.Error()}
}

// startFiles are those that a person writes `berth completion` into.
var startFiles = []string{".bashrc", ".bash_profile", ".profile", ".zshrc", ".config/fish/config.fish"}

var completes = regexp.MustCompile(`([^\s"'(` + "`" + `]*/berth)["']? completion (?:bash|zsh|fish)`)

func (w Where) shell() Shell {
	s := Shell{Active: w.Getenv("BERTH_ENV"), Self: w.Self}
	if s.Active != "" {
		_, err := os.Stat(filepath.Join(s.Active, envs.ManifestName))
		s.ActiveGone = err != nil
	}
	home := w.Getenv("HOME")
	for _, file := range startFiles {
		if home == "" {
			break
		}
		path := filepath.Join(home, file)
		text, err := os.ReadFile(path)
		if err == nil {
			s.Completion = append(s.Completion, brokenCompletion(path, string(text), home)...)
		}
	}
	for _, dir := range filepath.SplitList(w.Getenv("PATH")) {
		path := filepath.Join(dir, "berth")
		info, err := os.Stat(path)
		if err != nil || !filepath.IsAbs(dir) || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		if self, err := os.Stat(w.Self); err == nil && !os.SameFile(self, info) && filepath.Base(w.Self) == "berth" {
			s.Others = append(s.Others, path)
		}
		break // what stands behind the first is not run
	}
	return s
}

// brokenCompletion finds the lines that call a berth by a path where none is.
func brokenCompletion(path, text, home string) []Startup {
	var broken []Startup
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		m := completes.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(line, "#") {
			continue
		}
		program := strings.NewReplacer("~", home, "$HOME", home, "${HOME}", home).Replace(m[1])
		if !filepath.IsAbs(program) || strings.Contains(program, "$") {
			continue
		}
		if _, err := os.Stat(program); err != nil {
			broken = append(broken, Startup{path, number, line})
		}
	}
	return broken
}

// leftOver counts what earlier commands left behind.
func leftOver(stages, store, root string, days int) Leftovers {
	var l Leftovers
	now := time.Now()
	entries, _ := os.ReadDir(stages)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() {
			continue
		}
		if age := int(now.Sub(info.ModTime()).Hours() / 24); age > days {
			l.Stages++
			l.OldestDays = max(l.OldestDays, age)
		}
	}
	installed := false
	entries, _ = os.ReadDir(store)
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if _, err := os.Stat(filepath.Join(store, e.Name(), ".berth", "spec.json")); err == nil {
			installed = true
		} else if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > 24*time.Hour { // a younger one may be at work
			l.Prefixes++
		}
	}
	if _, err := os.Stat(filepath.Join(root, "db.sqlite")); err != nil {
		l.NoIndex = installed
	}
	return l
}
