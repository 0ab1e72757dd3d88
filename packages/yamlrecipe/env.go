package yamlrecipe

import (
	"regexp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// readEnv reads {set: {HDF5_ROOT: "{prefix}"}, prepend: {PATH: [...]}, unset: [...], when: ...}, or a list of them. Values
// may hold {prefix}, {version} and {name}.
func (rd *reader) readEnv(n yamldoc.Node) []packages.ConditionalEnv {
	var list []packages.ConditionalEnv
	for _, e := range n.ListOrOne() {
		f := e.Fields("set", "unset", "prepend", "append", "remove", "when")
		env := packages.ConditionalEnv{When: rd.when(f.Get("when"))}
		for _, name := range f.Get("unset").ListOrOne() {
			env.Mods = append(env.Mods, packages.EnvMod{Op: packages.EnvUnset, Name: variable(name)})
		}
		for _, op := range []struct {
			key string
			op  packages.EnvOp
		}{{"set", packages.EnvSet}, {"prepend", packages.EnvPrepend}, {"append", packages.EnvAppend}, {"remove", packages.EnvRemove}} {
			for _, entry := range f.Get(op.key).Map() {
				env.Mods = append(env.Mods, envMods(op.op, entry)...)
			}
		}
		list = append(list, env)
	}
	return list
}

func envMods(op packages.EnvOp, entry yamldoc.Entry) []packages.EnvMod {
	name := variable(entry.Key)
	values := entry.Value.ListOrOne()
	if op == packages.EnvSet && len(values) != 1 {
		entry.Value.Errorf("expected one value")
		return nil
	}
	var mods []packages.EnvMod
	for _, v := range values {
		mods = append(mods, packages.EnvMod{Op: op, Name: name, Value: v.Text()})
		parseTemplate(v, inEnv)
	}
	if op == packages.EnvPrepend { // each goes before what is there: the first of the list must come last
		for i, j := 0, len(mods)-1; i < j; i, j = i+1, j-1 {
			mods[i], mods[j] = mods[j], mods[i]
		}
	}
	return mods
}

func variable(n yamldoc.Node) string {
	name := n.Line()
	if name != "" && !variableName.MatchString(name) {
		n.Errorf("%q is no name of an environment variable", name)
	}
	return name
}
