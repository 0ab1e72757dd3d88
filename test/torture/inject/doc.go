// Package inject runs a command whose every change of the file system is first shown to a function of the test, which lets it
// happen, makes it fail with an error of its choice (ENOSPC, EDQUOT, EIO), or kills somebody at just that moment.
//
// It works at the system calls, by seccomp's user notification (Linux 5.5): nothing is preloaded, which would not reach a Go
// program, and nothing in the command knows of it. It reaches what the command starts, too, and SQLite's writes as well as
// ours. No privileges are needed.
//
// A test binary becomes the launcher of such commands by calling Main for the name Launcher; see Command.
//
// Read inject.go (the session), calls.go (what is looked at, and what each call does), launch.go (how the filter comes to be).
package inject
