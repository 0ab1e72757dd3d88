package yamlrecipe

// autotoolsSystem is configure, make, make install.
var autotoolsSystem = &buildSystem{
	name:    "autotools",
	value:   "autotools",
	keys:    []string{"args", "configure", "out_of_source", "default_args", "foreach", "make_args", "targets", "install_targets", "test_targets", "parallel"},
	depends: []impliedDep{{name: "gmake"}},
	// The conventions of GNU call the package's own tests so.
	testTarget: "check",
	plan:       planAutotools,
}

func planAutotools(p *planner, s *buildSpec) {
	src := p.sourceDir()
	dir := src
	outside := s.outOfSource || s.foreach != ""
	if outside {
		dir = p.buildDir()
	}
	script := literalTemplate("configure")
	if len(s.configure.parts) > 0 {
		script = s.configure
	}
	argv := []template{joinTemplates(src, literalTemplate("/"), script)}
	if s.defaults {
		argv = append(argv, defaultTemplate("--prefix={prefix}"), defaultTemplate("--libdir={prefix}/lib"))
	}
	argv = append(argv, p.args(s.args)...)
	configure := []action{command{argv: argv, dir: dir}}
	if outside {
		configure = append([]action{mkdir{dir}}, configure...)
	}
	p.around("configure", configure...)
	planMake(p, s, dir, nil)
}

// planMake plans the phases build, test and install by make in dir.
func planMake(p *planner, s *buildSpec, dir template, defaults []template) {
	makeArgs := append(defaults, p.args(s.makeArgs)...)
	var parallel []template // as many jobs as there are: the installer tells make by MAKEFLAGS
	if s.serial {
		parallel = []template{literalTemplate("-j1")}
	}
	run := func(parallel, targets []template) action {
		argv := []template{defaultTemplate("{tool:make}")}
		argv = append(argv, parallel...)
		argv = append(argv, makeArgs...)
		return command{argv: append(argv, targets...), dir: dir}
	}
	p.around("build", run(parallel, p.args(s.targets)))
	if tests := p.args(s.testTargets); len(tests) > 0 {
		p.around("test", run(parallel, tests))
	} else if len(s.testTargets) == 0 && s.system.testTarget != "" {
		p.around("test", run(parallel, []template{literalTemplate(s.system.testTarget)}))
	}
	if s.noInstall {
		p.around("install")
		return
	}
	install := p.args(s.installArgs)
	if len(s.installArgs) == 0 {
		install = []template{literalTemplate("install")}
	}
	p.around("install", run([]template{literalTemplate("-j1")}, install))
}
