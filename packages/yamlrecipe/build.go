package yamlrecipe

import (
	"regexp"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// buildSpec is the section build, or one of several that conditions choose from.
type buildSpec struct {
	system *buildSystem
	when   packages.When
	place  packages.Place

	dir         template // of the build inside the source: "" is its root
	configure   template // the configure script, relative to dir
	script      template // perl: Makefile.PL, Build.PL or the like; "" is the one that is there
	outOfSource bool     // autotools: build in a directory of its own
	defaults    bool     // false: the system's own configure arguments are left out
	serial      bool     // make runs one job at a time
	foreach     string   // a variant: configure, build and install run for each of its values
	args        []arg    // configure, cmake
	makeArgs    []arg    // of every make
	targets     []arg    // of make in build
	installArgs []arg    // targets and arguments of make in install
	noInstall   bool     // install_targets: [], where steps around the phase do it
	testTargets []arg    // of make in test
	settings    []arg    // python: NAME=VALUE for the backend
	imports     []arg    // python: modules that must be there afterwards
	setupPy     bool     // python: setup.py install instead of a wheel
	copies      []arg    // python: modules that are installed as they stand in the source, without a backend
	scripts     []string // python: "meson = mesonbuild.mesonmain:main", for copies
	files       []action // written and edited before anything else
	before      map[string][]step
	after       map[string][]step
	steps       []step // script: the install phase
	refuse      []refusal
}

// refusal says what a build cannot do, though a package that the host has may have been built so.
type refusal struct {
	when    packages.When
	because string
	place   packages.Place
}

// arg is an argument, a target or the like under a condition.
type arg struct {
	text template
	when packages.When
	each []string // only where foreach stands at one of these values; empty is everywhere
	// first holds alternatives instead of a text: the first whose condition holds is taken.
	first []arg
}

// step is a command or a change of a file in before, after and steps.
type step struct {
	act  action
	when packages.When
	each []string
}

// phaseNames are the phases of every build system, in order.
var phaseNames = []string{"edit", "configure", "build", "test", "install", "check"}

// commonKeys are what a build section of every system may hold.
var commonKeys = []string{"system", "when", "dir", "edit", "write", "before", "after", "refuse"}

// readBuild reads the sections build and check, adds what the build systems bring along, and makes the Builder.
func (rd *reader) readBuild(f yamldoc.Fields) {
	n := f.Get("build")
	check := rd.readCheck(f.Get("check"))
	if rd.recipe.ExternalOnly != "" {
		if n.Exists() {
			f.Key("build").Errorf("a package that is external_only has no build")
		}
		return
	}
	if n.IsNull() {
		if f.Node().IsMap() {
			f.Node().Fail("key \"build\" is missing", "build: {system: autotools}, or external_only: WHY")
		}
		return
	}
	b := &builder{recipe: rd.recipe, check: check}
	for _, e := range n.ListOrOne() {
		if s := rd.readBuildSpec(e); s != nil {
			b.specs = append(b.specs, s)
		}
	}
	rd.addImplied(b.specs)
	rd.checkReferences(b)
	rd.recipe.Builder = b
}

func (rd *reader) readBuildSpec(n yamldoc.Node) *buildSpec {
	if !n.IsMap() {
		n.Errorf("expected keys with values")
		return nil
	}
	var systemNode yamldoc.Node
	for _, e := range n.Map() {
		if e.Name() == "system" {
			systemNode = e.Value
		}
	}
	if !systemNode.Exists() {
		n.Fail("key \"system\" is missing", "known: "+systemNames())
		return nil
	}
	system := findSystem(systemNode.Line())
	if system == nil {
		systemNode.FailUnknown("build system", systemNode.Line(), systemList())
		return nil
	}
	f := n.Fields(slices.Concat(commonKeys, system.keys)...)
	s := &buildSpec{system: system, when: rd.when(f.Get("when")), place: n.Place(), defaults: true}
	s.dir = parseTemplate(f.Get("dir"), inBuild)
	if d := f.Get("dir"); d.Exists() && !insideOf(d.Text()) {
		d.Errorf("%q leads out of the source directory", d.Text())
	}
	s.configure = parseTemplate(f.Get("configure"), inBuild)
	s.script = parseTemplate(f.Get("script"), inBuild)
	s.setupPy = f.Get("setup_py").Bool()
	s.scripts = readScripts(f)
	s.outOfSource = f.Get("out_of_source").Bool()
	s.serial = f.Has("parallel") && !f.Get("parallel").Bool()
	if f.Has("default_args") {
		s.defaults = f.Get("default_args").Bool()
	}
	s.foreach = f.Get("foreach").Line()
	rd.checkForeach(s, f.Get("foreach"))
	rd.readLists(s, f)
	return s
}

// readLists reads the arguments, targets and steps of a section.
func (rd *reader) readLists(s *buildSpec, f yamldoc.Fields) {
	s.args = rd.readArgs(f.Get("args"), s)
	s.makeArgs = rd.readArgs(f.Get("make_args"), s)
	s.targets = rd.readArgs(f.Get("targets"), s)
	s.installArgs = rd.readArgs(f.Get("install_targets"), s)
	s.noInstall = f.Has("install_targets") && len(s.installArgs) == 0
	s.testTargets = rd.readArgs(f.Get("test_targets"), s)
	s.settings = rd.readArgs(f.Get("config_settings"), s)
	s.imports = rd.readArgs(f.Get("imports"), s)
	s.copies = rd.readArgs(f.Get("copy"), s)
	s.files = append(rd.readEdits(f.Get("edit")), rd.readWrites(f.Get("write"))...)
	s.before, s.after = rd.readHooks(f.Get("before"), s), rd.readHooks(f.Get("after"), s)
	s.steps = rd.readSteps(f.Get("steps"), s)
	for _, e := range f.Get("refuse").ListOrOne() {
		r := e.Fields("when", "because")
		s.refuse = append(s.refuse, refusal{when: rd.when(r.Need("when")), because: r.Need("because").Line(), place: e.Place()})
	}
}

func (rd *reader) checkForeach(s *buildSpec, n yamldoc.Node) {
	if s.foreach == "" {
		return
	}
	if v, ok := rd.variant(s.foreach); !ok {
		n.FailUnknown("variant", s.foreach, rd.variantNames())
	} else if v.isBool || v.any {
		n.Errorf("variant %s has no list of values to repeat the build for", s.foreach)
	}
}

func (rd *reader) readArgs(n yamldoc.Node, s *buildSpec) []arg {
	var args []arg
	for _, e := range n.ListOrOne() {
		a := arg{}
		if e.IsMap() {
			f := e.Fields("arg", "first", "when", "each")
			if f.OneOf("arg", "first") == "first" {
				a.first = rd.readArgs(f.Get("first"), s)
			} else {
				a.text = parseTemplate(f.Need("arg"), inBuild)
			}
			a.when, a.each = rd.when(f.Get("when")), rd.readEach(f.Get("each"), s)
		} else {
			a.text = parseTemplate(e, inBuild)
		}
		args = append(args, a)
	}
	return args
}

// readEach reads the values of the foreach variant that an argument or step is for.
func (rd *reader) readEach(n yamldoc.Node, s *buildSpec) []string {
	if n.Exists() && s.foreach == "" {
		n.Fail("each without foreach", "foreach: VARIANT repeats the build for each value of a variant")
		return nil
	}
	var values []string
	for _, e := range n.ListOrOne() {
		value := e.Text()
		if v, ok := rd.variant(s.foreach); ok && !slices.Contains(v.values, value) {
			e.FailUnknown("value of "+s.foreach, value, v.values)
		}
		values = append(values, value)
	}
	return values
}

func (rd *reader) readHooks(n yamldoc.Node, s *buildSpec) map[string][]step {
	hooks := map[string][]step{}
	for _, e := range n.Map() {
		if !slices.Contains(phaseNames, e.Name()) {
			e.Key.FailUnknown("phase", e.Name(), phaseNames)
			continue
		}
		hooks[e.Name()] = rd.readSteps(e.Value, s)
	}
	return hooks
}

// readSteps reads shell commands, {run: COMMAND, dir: D}, {edit: [...]} and {write: [...]}.
func (rd *reader) readSteps(n yamldoc.Node, s *buildSpec) []step {
	var steps []step
	for _, e := range n.ListOrOne() {
		if !e.IsMap() {
			steps = append(steps, step{act: shell{command: parseTemplate(e, inBuild)}})
			continue
		}
		f := e.Fields("run", "dir", "edit", "write", "when", "each")
		base := step{when: rd.when(f.Get("when")), each: rd.readEach(f.Get("each"), s)}
		var acts []action
		switch f.OneOf("run", "edit", "write") {
		case "run":
			acts = []action{shell{command: parseTemplate(f.Get("run"), inBuild), dir: parseTemplate(f.Get("dir"), inBuild)}}
		case "edit":
			acts = rd.readEdits(f.Get("edit"))
		case "write":
			acts = rd.readWrites(f.Get("write"))
		default:
			e.Errorf("a step needs run, edit or write")
		}
		for _, a := range acts {
			st := base
			st.act = a
			steps = append(steps, st)
		}
	}
	return steps
}

// readEdits reads [{file: Makefile, replace: TEXT, with: TEXT}, {file: [a, b], match: EXPRESSION, with: TEXT}].
func (rd *reader) readEdits(n yamldoc.Node) []action {
	var acts []action
	for _, e := range n.ListOrOne() {
		f := e.Fields("file", "replace", "match", "with", "when")
		ed := edit{place: e.Place(), when: rd.when(f.Get("when")), with: parseTemplate(f.Need("with"), inBuild)}
		switch f.OneOf("replace", "match") {
		case "replace":
			ed.replace = f.Get("replace").Text()
			if ed.replace == "" {
				f.Get("replace").Errorf("the text to replace is empty")
			}
		case "match":
			if expression(f.Get("match")) != nil {
				ed.match, _ = regexp.Compile("(?m)" + f.Get("match").Text())
			}
		default:
			e.Errorf("an edit needs replace (text) or match (a regular expression)")
		}
		for _, file := range f.Need("file").ListOrOne() {
			one := ed
			one.file = parseTemplate(file, inBuild)
			if !insideOf(file.Text()) {
				file.Errorf("%q leads out of the source directory", file.Text())
			}
			acts = append(acts, one)
		}
	}
	return acts
}

// readWrites reads [{file: Make.arch, text: TEXT, mode: executable}].
func (rd *reader) readWrites(n yamldoc.Node) []action {
	var acts []action
	for _, e := range n.ListOrOne() {
		f := e.Fields("file", "text", "executable", "when")
		w := write{when: rd.when(f.Get("when")), mode: 0o644}
		w.file, w.text = parseTemplate(f.Need("file"), inBuild), parseTemplate(f.Need("text"), inBuild)
		if f.Get("executable").Bool() {
			w.mode = 0o755
		}
		if file := f.Get("file"); file.Exists() && !insideOf(file.Text()) {
			file.Errorf("%q leads out of the source directory", file.Text())
		}
		acts = append(acts, w)
	}
	return acts
}

// readCheck reads {run: COMMAND, expect: TEXT}, or a list of them: what must work once the package stands.
func (rd *reader) readCheck(n yamldoc.Node) []check {
	var checks []check
	for _, e := range n.ListOrOne() {
		f := e.Fields("run", "expect", "when")
		checks = append(checks, check{
			command: parseTemplate(f.Need("run"), inBuild), expect: parseTemplate(f.Get("expect"), inBuild), when: rd.when(f.Get("when")),
		})
	}
	return checks
}
