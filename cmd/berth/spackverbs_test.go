package main

import (
	"strings"
	"testing"
)

// TestSpackVerbs: what is a verb of berth's is not told to be something else, and verbs that hints name are there.
func TestSpackVerbs(t *testing.T) {
	app := newApp(&terminal{}, func(string) string { return "" })
	for words, hint := range spackVerbs {
		path := strings.Fields(words)[1:]
		command := lookUpCommand(app.Commands, path[0])
		if len(path) == 2 && command != nil {
			command = lookUpCommand(command.Subcommands, path[1])
		} else if len(path) == 2 {
			t.Errorf("%s: there is no %s", words, path[0])
		}
		if command != nil {
			t.Errorf("%s is a verb of berth's", words)
		}
		for i, part := range strings.Split(hint, "`") {
			named, ok := strings.CutPrefix(part, "berth ")
			if ok && i%2 == 1 && lookUpCommand(app.Commands, strings.Fields(named)[0]) == nil {
				t.Errorf("%s: the hint names berth %s", words, named)
			}
		}
	}
}
