package yamlrecipe

// makefileSystem is make and make install, where the source brings its Makefile.
var makefileSystem = &buildSystem{
	name:    "makefile",
	value:   "makefile",
	keys:    []string{"foreach", "make_args", "targets", "install_targets", "test_targets", "parallel"},
	depends: []impliedDep{{name: "gmake"}},
	plan:    func(p *planner, s *buildSpec) { planMake(p, s, p.sourceDir(), nil) },
}

// scriptSystem is a list of shell commands.
var scriptSystem = &buildSystem{
	name:  "script",
	value: "generic",
	keys:  []string{"steps", "foreach"},
	plan: func(p *planner, s *buildSpec) {
		p.around("configure")
		p.around("build")
		p.around("test")
		p.steps("install", s.before["install"])
		p.steps("install", s.steps)
		p.steps("install", s.after["install"])
	},
}

// bundleSystem has no source: the package is its dependencies.
var bundleSystem = &buildSystem{
	name:  "bundle",
	value: "bundle",
	plan:  func(p *planner, s *buildSpec) { p.around("install") },
}
