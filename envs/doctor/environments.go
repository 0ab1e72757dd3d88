package doctor

import (
	"fmt"
	"path/filepath"
	"strings"
)

// systems holds fact sheets against the machine that they are of.
func systems(p *Patient) []Finding {
	var found []Finding
	if len(p.Unnamed) > 0 {
		found = append(found, Finding{"system-unnamed", Note, "no system of env.yaml says that this machine is one of it: every command needs --system, and what is locked for it is not checked here",
			[]string{"env.yaml has the systems " + strings.Join(p.Unnamed, ", "), "none of their hosts fits " + p.Process.Host}, "add `hosts: [" + p.Process.Host + "]` to one of them in env.yaml"})
	}
	for _, s := range p.Systems {
		if len(s.Now) > 0 {
			found = append(found, Finding{"sheet-stale", Warning, fmt.Sprintf("this machine is not any more what %s says of the system %s", s.Sheet, s.Name), s.Now, "berth arch --record " + s.Name})
		}
		if s.Unknown {
			found = append(found, unknownSystem(s, p.Process.Host))
		} else if len(s.Lacks) > 0 {
			found = append(found, Finding{"system-lacks", Warning, fmt.Sprintf("not all is known of the GPUs of the system %s, for which packages are to be built", s.Name),
				[]string{s.Wants + " is for GPUs", "neither env.yaml, nor " + s.Sheet + ", nor this machine says " + strings.Join(s.Lacks, " and ")}, probeSystem(s.Name)})
		}
	}
	return found
}

// unknownSystem says what is missing of a system without a fact sheet, and what that means.
func unknownSystem(s System, host string) Finding {
	f := Finding{"system-unknown", Warning, fmt.Sprintf("the system %s cannot be resolved here: nothing is known of its machines", s.Name),
		[]string{"there is no " + s.Sheet + ", and no `hosts` of it fits " + host}, probeSystem(s.Name)}
	missing := append([]string{"its operating system", "its target"}, s.Lacks...)
	line := "what is missing: " + strings.Join(missing, ", ")
	if s.Wants != "" {
		line += ", for " + s.Wants
	}
	f.Evidence = append(f.Evidence, line)
	if s.Locked {
		f.Level = Note
		f.Evidence = append(f.Evidence, "its section of env.lock stays as it is until then")
	} else {
		f.Evidence = append(f.Evidence, "env.lock has no section for it")
	}
	return f
}

// probeSystem is the command that finds out what a system is, from a login node.
func probeSystem(name string) string {
	return fmt.Sprintf("berth arch --probe \"srun -p PARTITION\" --record %s", name)
}

func environments(p *Patient) []Finding {
	var found []Finding
	var gone []string
	for _, e := range p.Environments {
		in := ""
		if !e.Here {
			in = "berth -C " + e.Dir + " "
		} else {
			in = "berth "
		}
		switch {
		case e.Gone:
			gone = append(gone, e.Dir)
		case e.Broken != "":
			mend := in + "concretize --fresh"
			if e.Manifest {
				mend = "correct " + filepath.Join(e.Dir, "env.yaml") + " in the line that is named"
			}
			found = append(found, Finding{"environment-unreadable", Problem, "the files of an environment cannot be read; nobody knows what it needs", []string{e.Dir, e.Broken}, mend})
		case len(e.Drifts) > 0:
			found = append(found, Finding{"environment-drift", Problem, "env.lock is not what env.yaml or this host would give", append([]string{filepath.Join(e.Dir, "env.lock")}, e.Drifts...), in + "concretize"})
		case e.Stale != "":
			found = append(found, Finding{"environment-stale", Warning, "an environment was not installed since it changed: its activation is that of before", []string{e.Stale}, in + "install"})
		}
	}
	if len(gone) > 0 {
		found = append(found, Finding{"environment-gone", Warning, counted(len(gone), "environment that was installed", "environments that were installed") + " cannot be found; what they need is kept", gone, "berth gc --stale --dry-run"})
	}
	return found
}

// shell judges what the shell has of berth.
func shell(p *Patient) []Finding {
	var found []Finding
	if s := p.Shell; s.ActiveGone {
		found = append(found, Finding{"activation-gone", Warning, "the environment that is active in this shell is gone", []string{"BERTH_ENV=" + s.Active}, "berth_deactivate"})
	}
	for _, c := range p.Shell.Completion {
		found = append(found, Finding{"completion-broken", Warning, "a start file of the shell calls a berth that is not there: every new shell complains, and completes nothing",
			[]string{fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Text)}, fmt.Sprintf("sed -i '%dd' %s", c.Line, c.File)})
	}
	if len(p.Shell.Others) > 0 {
		found = append(found, Finding{"several-berths", Note, "another berth stands before this one on PATH: what you type is not what runs here", []string{"PATH: " + strings.Join(p.Shell.Others, ", "), "this one: " + p.Shell.Self},
			"export PATH=" + filepath.Dir(p.Shell.Self) + ":$PATH"})
	}
	return found
}

func leftovers(p *Patient) []Finding {
	var found []Finding
	l := p.Leftovers
	if l.Stages > 0 {
		found = append(found, Finding{"stages-old", Note, "build directories of builds that failed are still there", []string{fmt.Sprintf("%s in %s, the oldest of %s ago", counted(l.Stages, "directory", "directories"), p.Stage.Path, counted(l.OldestDays, "day", "days"))}, "berth gc --dry-run"})
	}
	if l.NoIndex {
		found = append(found, Finding{"index-gone", Warning, "packages are installed, but their index is gone", []string{filepath.Join(p.Root.Path, "db.sqlite") + " is missing"}, "berth reindex"})
	}
	if l.Prefixes > 0 {
		found = append(found, Finding{"prefixes-unfinished", Note, "builds that did not end left prefixes that nobody can use; the next build of the same takes their place",
			[]string{counted(l.Prefixes, "prefix", "prefixes") + " without a description in " + filepath.Join(p.Root.Path, "store")}, "berth gc --dry-run"})
	}
	return found
}

func dashed(s string) string { return strings.ReplaceAll(s, " ", "-") }

func lower(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }
