package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/berth-hpc/berth/test/torture/inject"
)

// TestMain makes this test binary answer as `berth`, so that scripts run the real program in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"berth":         func() { os.Exit(run(os.Args, os.Getenv)) },
		inject.Launcher: inject.Main,
	})
}

// TestScripts runs testdata/script/*.txtar: what a person types and sees.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
		Condition:           scriptCondition,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir+"/home")
			e.Setenv("BERTH_ROOT", e.WorkDir+"/root")
			return os.MkdirAll(e.WorkDir+"/home", 0o755)
		},
	})
}
