package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/spec/suggest"
)

// spackVerbs are what Spack calls otherwise, by what its users type: docs/for-spack-users.md has all of them.
var spackVerbs = map[string]string{
	"berth buildcache":    "there are no binary caches yet; `berth upstream` uses install trees of others",
	"berth build-env":     "`berth run COMMAND` runs a command in the environment here",
	"berth bootstrap":     "berth needs none",
	"berth cat":           "`berth recipe PKG` prints a recipe",
	"berth change":        "edit env.yaml, and run `berth concretize`",
	"berth checksum":      "checksums stand in recipes: docs/recipes.md",
	"berth compilers":     "`berth compiler list`",
	"berth deactivate":    "`berth_deactivate`, in the shell that was activated",
	"berth dependencies":  "`berth info PKG` says what it needs, `berth tree` what the environment here consists of",
	"berth dependents":    "`berth why PKG` tells what needs it in the environment here",
	"berth despacktivate": "`berth_deactivate`, in the shell that was activated",
	"berth edit":          "`berth recipe PKG` prints a recipe; docs/recipes.md says how to write one",
	"berth load":          "`berth shell SPEC...` opens a shell with packages",
	"berth location":      "`berth find -p SPEC` shows where it is installed",
	"berth maintainers":   "`berth info PKG`",
	"berth python":        "berth has no Python in it",
	"berth solve":         "`berth spec --why SPEC...`",
	"berth test":          "packages' own tests are not run yet",
	"berth unload":        "`exit` leaves a `berth shell`",
	"berth view":          "`view` in env.yaml makes one",
	"berth config get":    "`berth config show`",
	"berth config blame":  "`berth config show`",
	"berth env activate":  "environments are directories: `eval \"$(berth activate)\"` in one",
	"berth env create":    "environments are directories: `berth init SPEC...` in one",
	"berth env status":    "`berth env list`, `berth tree`",
	"berth compiler add":  "`berth compiler find`",
	"berth repo create":   "a directory with NAME.yaml files is one: docs/recipes.md",
}

// unknownVerb is the error of a verb that there is not, with what may be meant.
func unknownVerb(known []*cli.Command, path, word string) error {
	err := usagef("unknown verb %q", path+" "+word)
	if hint := spackVerbs[path+" "+word]; hint != "" {
		return withHint(err, "%s", hint)
	}
	var names []string
	for _, c := range known {
		if !c.Hidden {
			names = append(names, c.Names()...)
		}
	}
	if near := suggest.Nearest(word, names, 1); len(near) > 0 {
		return withHint(err, "did you mean `%s %s`?", path, near[0])
	}
	return withHint(err, "`%s --help` lists what there is", path)
}
