package yamlrecipe

import "github.com/berth-hpc/berth/packages"

// perlSystem is a Perl distribution: Makefile.PL and make, or Build.PL and Build.
var perlSystem = &buildSystem{
	name:    "perl",
	value:   "perl",
	keys:    []string{"args", "make_args", "script"},
	depends: []impliedDep{{name: "gmake"}},
	extends: "perl",
	runEnv:  []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PERL5LIB", Value: "{prefix}/lib/perl5"}},
	plan:    planPerl,
}

// perlScript chooses the configuration script where the recipe does not: $1 is it or "", $2 is perl, $3 the prefix, and the rest are
// arguments for it. A distribution that has both means Makefile.PL to work everywhere. Nothing asks questions, and nothing writes the time.
const perlScript = `script=$1 perl=$2 base=$3
shift 3
if [ -z "$script" ]; then
  if [ -f Makefile.PL ]; then script=Makefile.PL; else script=Build.PL; fi
fi
case $script in
*Build.PL) exec env PERL_MM_USE_DEFAULT=1 "$perl" "$script" --install_base "$base" "$@" ;;
*) exec env PERL_MM_USE_DEFAULT=1 "$perl" "$script" INSTALL_BASE="$base" NO_PERLLOCAL=1 "$@" ;;
esac`

// perlMake runs a target in whatever the configuration script wrote: $1 is perl, $2 make, $3 the target; what follows is for make.
const perlMake = `perl=$1 make=$2 target=$3
shift 3
if [ -f Makefile ]; then exec "$make" $target "$@"; fi
exec "$perl" ./Build $target`

func planPerl(p *planner, s *buildSpec) {
	dir := p.sourceDir()
	script := literalTemplate("")
	if len(s.script.parts) > 0 {
		script = s.script
	}
	argv := []template{
		literalTemplate("sh"), literalTemplate("-c"), literalTemplate(perlScript), literalTemplate("configure"),
		script, defaultTemplate("{tool:perl}"), defaultTemplate("{prefix}"),
	}
	p.around("configure", command{argv: append(argv, p.args(s.args)...), dir: dir})
	run := func(target string) action {
		argv := []template{
			literalTemplate("sh"), literalTemplate("-c"), literalTemplate(perlMake), literalTemplate("make"),
			defaultTemplate("{tool:perl}"), defaultTemplate("{tool:make}"), literalTemplate(target),
		}
		return command{argv: append(argv, p.args(s.makeArgs)...), dir: dir}
	}
	p.around("build", run(""))
	p.around("test", run("test"))
	p.around("install", run("install"))
}
