package modules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// What an active environment leaves in the variables of a shell so that it can be taken back, also by a shell that was started from it: a batch
// job inherits the variables of the shell that submitted it, but not its functions. All are exported; lists of names end with a space.
//
//	_BERTH_LISTS="PATH MANPATH "   lists separated by ":" that got elements
//	_BERTH_HEAD_PATH="/a:/b"       what was put before the rest of the list
//	_BERTH_TAIL_PATH="/c"          what was put behind it
//	_BERTH_SETS="CC BERTH_ENV "    variables changed in other ways
//	_BERTH_WAS_CC="gcc"            their values before
//	_BERTH_UNSET="MANPATH CC "     of both, those that did not exist before
//	_BERTH_LOCAL="CC "             of both, those that existed but were not exported
//
// A list gets back what the user made of it meanwhile, less what was put in; any other variable gets its value of before.
// The scripts of bash.go and fish.go and Deactivate keep this protocol; old scripts meet new ones in it, so it does not change.
const (
	stateLists = "_BERTH_LISTS"
	stateSets  = "_BERTH_SETS"
	stateUnset = "_BERTH_UNSET"
	stateLocal = "_BERTH_LOCAL"
	stateHead  = "_BERTH_HEAD_"
	stateTail  = "_BERTH_TAIL_"
	stateWas   = "_BERTH_WAS_"
)

// activeVariable names the active environment.
const activeVariable = "BERTH_ENV"

// plan is everything that is done to one variable.
type plan struct {
	name string
	// list says that elements are put before and behind, and nothing else; then ops is empty.
	list       bool
	head, tail string // "/a/bin:/b/bin"; "" is nothing
	ops        []packages.EnvMod
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// makePlans sorts changes by variable, in order of first appearance, and joins what is put into the same list: a shell then has few
// lines to read. Together the plans mean what packages.ApplyEnv means. Names that cannot be a
// shell's variable, or are the scripts' own, are returned apart.
func makePlans(mods []packages.EnvMod) (plans []*plan, unusable []string) {
	byName := map[string]*plan{}
	for _, m := range mods {
		if !variableName.MatchString(m.Name) || strings.HasPrefix(strings.ToUpper(m.Name), "_BERTH_") {
			unusable = append(unusable, m.Name)
			continue
		}
		p := byName[m.Name]
		if p == nil {
			p = &plan{name: m.Name}
			byName[m.Name] = p
			plans = append(plans, p)
		}
		p.ops = append(p.ops, m)
	}
	for _, p := range plans {
		p.join()
	}
	return plans, unusable
}

// join makes a list of p if its changes allow that.
func (p *plan) join() {
	var head, tail string
	for _, m := range p.ops {
		switch {
		case separator(m) != ":" || slices.Contains(strings.Split(m.Value, ":"), ""):
			return // an empty element cannot be found again
		case m.Op == packages.EnvPrepend:
			head = joinElements(m.Value, head)
		case m.Op == packages.EnvAppend && m.Name != "MANPATH": // there the order of both kinds shows
			tail = joinElements(tail, m.Value)
		default:
			return
		}
	}
	p.list, p.head, p.tail, p.ops = true, head, tail, nil
}

func joinElements(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ":" + b
}

func separator(m packages.EnvMod) string {
	if m.Separator == "" {
		return ":"
	}
	return m.Separator
}

// namesOf lists, each followed by a space, the variables that are lists, or that are not.
func namesOf(plans []*plan, list bool) string {
	var b strings.Builder
	for _, p := range plans {
		if p.list == list {
			b.WriteString(p.name + " ")
		}
	}
	return b.String()
}

// header opens a script of any shell.
func header(shells string, unusable []string) string {
	text := "# Written by berth for " + shells + "; source it, do not edit it. berth_deactivate takes it back.\n"
	for _, name := range unusable {
		text += fmt.Sprintf("# Left out: %q cannot be a variable here.\n", name)
	}
	return text
}
