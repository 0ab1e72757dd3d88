package yamlrecipe

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
)

// mesonSystem is meson with ninja.
var mesonSystem = &buildSystem{
	name:  "meson",
	value: "meson",
	keys:  []string{"args", "default_args", "foreach", "targets", "install_targets", "test_targets", "parallel"},
	variants: []packages.VariantDecl{
		{
			Name: "buildtype", About: "Meson build type", Kind: packages.SingleVariant, Default: []string{"release"},
			Values: []packages.VariantValue{{Value: "plain"}, {Value: "debug"}, {Value: "debugoptimized"}, {Value: "release"}, {Value: "minsize"}},
		},
		{
			Name: "default_library", About: "kinds of libraries", Kind: packages.MultiVariant, Default: []string{"shared"},
			Values: []packages.VariantValue{{Value: "shared"}, {Value: "static"}},
		},
		{Name: "strip", About: "take symbols out of what is installed", Default: []string{"false"}},
	},
	depends: []impliedDep{{name: "meson"}, {name: "ninja"}, {name: "pkgconfig"}},
	plan:    planMeson,
}

// mesonScript runs the rest of its arguments with the first in LDFLAGS. When it installs, Meson takes the directories of other packages' libraries
// out of what it linked, but for those that LDFLAGS names.
const mesonScript = `LDFLAGS="$1 ${LDFLAGS-}"
export LDFLAGS
shift
exec "$@"`

func planMeson(p *planner, s *buildSpec) {
	dir := p.buildDir()
	argv := []template{
		literalTemplate("sh"), literalTemplate("-c"), literalTemplate(mesonScript), literalTemplate("meson"), defaultTemplate("{rpaths}"),
		defaultTemplate("{tool:meson}"), literalTemplate("setup"),
	}
	if s.defaults {
		argv = append(argv, p.mesonDefaults()...)
	}
	argv = append(argv, p.args(s.args)...)
	argv = append(argv, dir, p.sourceDir())
	p.around("configure", mkdir{dir}, command{argv: argv, dir: p.sourceDir()})

	jobs := defaultTemplate("-j{jobs}") // ninja before 1.13 does not know make's job server
	serial := literalTemplate("-j1")
	if s.serial {
		jobs = serial
	}
	run := func(jobs template, targets []template) action {
		argv := []template{defaultTemplate("{tool:ninja}"), jobs, literalTemplate("-v")}
		return command{argv: append(argv, targets...), dir: dir}
	}
	p.around("build", run(jobs, p.args(s.targets)))
	tests := []template{literalTemplate("test")}
	if len(s.testTargets) > 0 {
		tests = p.args(s.testTargets)
	}
	p.around("test", run(jobs, tests))
	if s.noInstall {
		p.around("install")
		return
	}
	install := []template{literalTemplate("install")}
	if len(s.installArgs) > 0 {
		install = p.args(s.installArgs)
	}
	p.around("install", run(serial, install))
}

// mesonDefaults are the arguments that make a Meson build land whole in the prefix, as the node's variants say, and fetch no
// sources of its own.
func (p *planner) mesonDefaults() []template {
	args := []template{
		defaultTemplate("--prefix={prefix}"), literalTemplate("--libdir=lib"), literalTemplate("--wrap-mode=nodownload"),
	}
	option := func(name, value string) { args = append(args, literalTemplate("-D"+name+"="+value)) }
	buildtype := "release"
	if v, ok := p.node.Variant("buildtype"); ok && len(v.Values) == 1 {
		buildtype = v.Values[0]
	}
	option("buildtype", buildtype)
	if on, ok := p.hasBool("strip"); ok {
		option("strip", trueFalse(on))
	}
	if v, ok := p.node.Variant("default_library"); ok {
		shared, static := slices.Contains(v.Values, "shared"), slices.Contains(v.Values, "static")
		switch {
		case shared && static:
			option("default_library", "both")
		case static:
			option("default_library", "static")
		default:
			option("default_library", "shared")
		}
	}
	return args
}

func trueFalse(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
