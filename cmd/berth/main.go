// Command berth is a user-space environment manager for HPC clusters. This package is the terminal: it reads the command
// line, calls one function of a package below, and prints. One verb, one file.
//
// Read main.go, app.go (the verbs), args.go (how a command line is read), errors.go (exit codes), terminal.go (what prints), then any verb.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/berth-hpc/berth/install/wrapper"
)

// version is set by the linker. Nothing that is hashed or locked depends on it.
var version = "dev"

func main() {
	// Builds call this binary thousands of times by the names of their compilers.
	if wrapper.Is(os.Args[0]) {
		os.Exit(wrapper.Main(os.Args, os.Environ()))
	}
	os.Exit(run(os.Args, os.Getenv))
}

func run(args []string, getenv func(string) string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := newTerminal(getenv)
	app := newApp(t, getenv)
	err := app.RunContext(ctx, arrange(app, args))
	if ctx.Err() != nil && err != nil {
		err = ctx.Err()
	}
	if err != nil && !isSilent(err) {
		t.fail(err)
	}
	return exitCode(err)
}
