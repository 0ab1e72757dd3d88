package yamlrecipe

import "github.com/berth-hpc/berth/packages"

// cmakeSystem is cmake with make or ninja.
var cmakeSystem = &buildSystem{
	name:  "cmake",
	value: "cmake",
	keys:  []string{"args", "default_args", "foreach", "targets", "install_targets", "test_targets", "parallel"},
	variants: []packages.VariantDecl{
		{
			Name: "build_type", About: "CMake build type", Kind: packages.SingleVariant, Default: []string{"Release"},
			Values: []packages.VariantValue{{Value: "Debug"}, {Value: "Release"}, {Value: "RelWithDebInfo"}, {Value: "MinSizeRel"}},
		},
		{
			Name: "generator", About: "what CMake writes its build for", Kind: packages.SingleVariant, Default: []string{"make"},
			Values: []packages.VariantValue{{Value: "make"}, {Value: "ninja"}},
		},
		{Name: "ipo", About: "optimisation across files", Default: []string{"false"}},
	},
	depends: []impliedDep{{name: "cmake"}, {name: "gmake", when: "generator=make"}, {name: "ninja", when: "generator=ninja"}},
	plan:    planCMake,
}

func planCMake(p *planner, s *buildSpec) {
	dir := p.buildDir()
	generator, tool, verbose := "Unix Makefiles", "{tool:make}", "VERBOSE=1"
	if v, ok := p.node.Variant("generator"); ok && len(v.Values) == 1 && v.Values[0] == "ninja" {
		generator, tool, verbose = "Ninja", "{tool:ninja}", "-v"
	}
	argv := []template{defaultTemplate("{tool:cmake}"), literalTemplate("-G"), literalTemplate(generator)}
	if s.defaults {
		argv = append(argv, p.cmakeDefaults()...)
	}
	argv = append(argv, p.args(s.args)...)
	argv = append(argv, p.sourceDir())
	p.around("configure", mkdir{dir}, command{argv: argv, dir: dir})

	var parallel []template // make: as many jobs as there are, as the installer tells it by MAKEFLAGS
	serial := []template{literalTemplate("-j1")}
	switch {
	case s.serial:
		parallel = serial
	case generator == "Ninja": // before 1.13 it does not know make's job server
		parallel = []template{defaultTemplate("-j{jobs}")}
	}
	run := func(parallel, targets []template) action {
		argv := append([]template{defaultTemplate(tool)}, parallel...)
		argv = append(argv, literalTemplate(verbose))
		return command{argv: append(argv, targets...), dir: dir}
	}
	p.around("build", run(parallel, p.args(s.targets)))
	tests := []template{literalTemplate("test")}
	if len(s.testTargets) > 0 {
		tests = p.args(s.testTargets)
	}
	p.around("test", run(parallel, tests))
	install := []template{literalTemplate("install")}
	if len(s.installArgs) > 0 {
		install = p.args(s.installArgs)
	}
	p.around("install", run(serial, install))
}

// cmakeDefaults are the arguments that make a CMake build land whole in the prefix, find its libraries there when it runs, and
// see nothing of the user's own package registry.
func (p *planner) cmakeDefaults() []template {
	args := []template{
		defaultTemplate("-DCMAKE_INSTALL_PREFIX:PATH={prefix}"),
		literalTemplate("-DCMAKE_INSTALL_LIBDIR:PATH=lib"),
		literalTemplate("-DCMAKE_BUILD_TYPE:STRING=Release"),
		defaultTemplate("-DCMAKE_INSTALL_RPATH:STRING={prefix}/lib"),
		literalTemplate("-DCMAKE_INSTALL_RPATH_USE_LINK_PATH:BOOL=ON"),
		literalTemplate("-DCMAKE_FIND_USE_PACKAGE_REGISTRY:BOOL=OFF"),
		literalTemplate("-DCMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY:BOOL=OFF"),
		literalTemplate("-DCMAKE_EXPORT_NO_PACKAGE_REGISTRY:BOOL=ON"),
	}
	if v, ok := p.node.Variant("build_type"); ok && len(v.Values) == 1 {
		args[2] = literalTemplate("-DCMAKE_BUILD_TYPE:STRING=" + v.Values[0])
	}
	if on, _ := p.hasBool("ipo"); on {
		args = append(args, literalTemplate("-DCMAKE_INTERPROCEDURAL_OPTIMIZATION:BOOL=ON"))
	}
	if on, ok := p.hasBool("shared"); ok {
		args = append(args, literalTemplate("-DBUILD_SHARED_LIBS:BOOL="+onOff(on)))
	}
	if on, ok := p.hasBool("pic"); ok {
		args = append(args, literalTemplate("-DCMAKE_POSITION_INDEPENDENT_CODE:BOOL="+onOff(on)))
	}
	return args
}

func onOff(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}
