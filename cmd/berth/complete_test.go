package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

// FuzzComplete holds that nothing that somebody may be typing stops the completion, and that each word it offers begins with what was typed.
func FuzzComplete(f *testing.F) {
	for _, seed := range []string{
		"inst", "install hdf5", "spec hdf5+", "spec fftw precision=", "spec hdf5 ^mpich@", "find /", "find zlib/", "uninstall a@", "--color ", "install --target z",
		"spec %gcc languages=c,", "spec = +", "spec ^", "spec +", "help ", "external ", "spec hdf5 api:=v", "-C / remove ", "providers m",
	} {
		f.Add(seed)
	}
	root := f.TempDir()
	home, err := os.Getwd()
	if err != nil {
		f.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"BERTH_ROOT": root, "HOME": root}[name] }
	f.Fuzz(func(t *testing.T, line string) {
		defer os.Chdir(home) // which -C leads away from
		words := strings.Split(line, " ")
		terminal := newTerminal(getenv)
		app := newApp(terminal, getenv)
		b := &berth{terminal: terminal, getenv: getenv, root: root, completing: true}
		for _, s := range (completer{b, app, context.Background()}).complete(words) {
			if !strings.HasPrefix(s.text, words[len(words)-1]) || strings.ContainsAny(s.text, "\t\n") {
				t.Errorf("%q: offers %q", line, s.text)
			}
		}
	})
}
