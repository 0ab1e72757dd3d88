// Command berth is a user-space environment manager for HPC clusters. This package is the terminal: it reads the command
// line, calls one function of a package below, and prints. One verb, one file.
//
// Builds call this binary by the names of their compilers, too. Then main never begins: see install/wrapper.
//
// Read main.go, app.go (the verbs), args.go (how a command line is read), errors.go (exit codes), terminal.go (what prints), then any verb.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker. Nothing that is hashed or locked depends on it.
var version = "dev"

func main() {
	collectLate()
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
