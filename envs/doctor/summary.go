package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/room"
)

// Summary is what was found, a list of texts a subject.
type Summary map[string][]string

// Subjects are the keys of a Summary in the order in which people read them.
var Subjects = []string{"host", "root", "compilers", "mpi", "gpus", "toolkits", "tools", "environments"}

func (s Summary) fill(p *Patient, facts envs.SystemFacts) {
	for _, subject := range Subjects {
		s[subject] = []string{}
	}
	add := func(subject, format string, args ...any) {
		s[subject] = append(s[subject], fmt.Sprintf(format, args...))
	}
	add("host", "%s-%s-%s, kernel %s, %s %s", facts.Platform, facts.OS, facts.Target, facts.Kernel, facts.Libc.Name, facts.Libc.Version)
	least := room.Least(p.Root.Limits)
	root := p.Root.where()
	if p.Root.Locks != "" {
		root += ", locks by " + p.Root.Locks
	}
	if least.Bytes < room.Unlimited {
		root += ", " + size(max(0, least.Bytes)) + " left"
	}
	if least.Files < room.Unlimited {
		root += ", " + counted(int(max(0, least.Files)), "file", "files") + " left"
	}
	add("root", "%s", root)
	for _, c := range p.Compilers {
		add("compilers", "%s (%s)", c.Spec, c.has())
	}
	for _, m := range p.MPIs {
		built := ""
		if m.Compiler != "" {
			built = " built with " + m.Compiler
		}
		add("mpi", "%s%s", m.Spec, built)
	}
	if !facts.GPU.IsZero() {
		add("gpus", "%s", facts.GPU)
	}
	for _, t := range p.GPU.Toolkits {
		add("toolkits", "%s %s in %s", t.Kind, t.Version, t.Prefix)
	}
	for _, t := range neededTools {
		if p.Tools[t.name] != "" {
			add("tools", "%s", p.Tools[t.name])
		}
	}
	for _, e := range p.Environments {
		if !e.Gone {
			add("environments", "%s", e.Dir)
		}
	}
}

// Text is a subject in one line.
func (s Summary) Text(subject string) string {
	if len(s[subject]) == 0 {
		return "none"
	}
	return strings.Join(slices.Clone(s[subject]), ", ")
}
