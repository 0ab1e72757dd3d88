package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/urfave/cli/v2"
)

var (
	codeBlock = regexp.MustCompile("(?s)```(?:sh|bash|console)\n(.*?)```")
	inlined   = regexp.MustCompile("`(berth [^`]*)`")
	called    = regexp.MustCompile(`(?:^|[\s(|;&]|\$\()berth ((?:[^|;&()#>]|\n)*)`)
	mdLink    = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
)

// documents are README.md and docs/*.md.
func documents(t *testing.T) []string {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	return append(files, "../../README.md", "../../CONTRIBUTING.md")
}

// TestDocumentsCallWhatThereIs holds that each command line of berth in a document has a verb and flags that there are.
func TestDocumentsCallWhatThereIs(t *testing.T) {
	app := testApp()
	lines := 0
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var calls []string
		for _, block := range codeBlock.FindAllSubmatch(text, -1) {
			for line := range strings.SplitSeq(string(block[1]), "\n") {
				line, _, _ = strings.Cut(line, " #")
				for _, m := range called.FindAllStringSubmatch(line, -1) {
					calls = append(calls, m[1])
				}
			}
		}
		for _, m := range inlined.FindAllSubmatch(text, -1) {
			calls = append(calls, strings.TrimPrefix(string(m[1]), "berth "))
		}
		for _, call := range calls {
			lines++
			if problem := checkCall(app, strings.Fields(call)); problem != "" {
				t.Errorf("%s: berth %s: %s", filepath.Base(file), call, problem)
			}
		}
	}
	if lines < 50 {
		t.Errorf("only %d command lines were found", lines)
	}
}

// checkCall looks up the verb and flags of a command line; "" is nothing wrong.
func checkCall(app *cli.App, words []string) string {
	commands, flags := app.Commands, app.Flags
	var command *cli.Command
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], `"'[].,`)
		switch {
		case word == "--" || command != nil && passThrough[command.Name]:
			return ""
		case strings.HasPrefix(word, "--") || command == nil && strings.HasPrefix(word, "-"):
			flag, withValue := lookUpFlag(flags, word)
			if flag == nil && command != nil {
				flag, withValue = lookUpFlag(app.Flags, word)
			}
			if flag == nil && !isHelp(word) {
				return "there is no flag " + word
			}
			if flag != nil && takesValue(flag) && !withValue {
				i++
			}
		case command == nil || len(command.Subcommands) > 0:
			if word == "VERB" || word == "PKG" || word == strings.ToUpper(word) {
				return "" // a placeholder
			}
			if command = lookUpCommand(commands, word); command == nil {
				return "there is no verb " + word
			}
			commands, flags = command.Subcommands, command.Flags
		}
	}
	return ""
}

// needsBuilds are command lines of docs that build packages or use built ones; test/readme.sh tries such lines on real builds.
var needsBuilds = regexp.MustCompile(`berth (install|activate|run|shell|module|uninstall|-)|^(make|export|cd|mpicc|eval) `)

// scriptFollow is the command `follow FILE`: runs the command lines of a document in docs, one after the other, but for those that need builds.
func scriptFollow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: follow FILE")
	}
	text, err := os.ReadFile(sourceDir("../../docs/" + args[0]))
	ts.Check(err)
	followed := 0
	for _, block := range codeBlock.FindAllSubmatch(text, -1) {
		for line := range strings.SplitSeq(string(block[1]), "\n") {
			line, _, _ = strings.Cut(line, " #")
			if !strings.HasPrefix(line, "berth ") || needsBuilds.MatchString(line) {
				continue
			}
			ts.Logf("> %s", line)
			if err := ts.Exec("sh", "-c", line); err != nil {
				ts.Fatalf("%s: %q: %v", args[0], line, err)
			}
			followed++
		}
	}
	if followed < 5 {
		ts.Fatalf("%s: only %d command lines were tried", args[0], followed)
	}
}

// TestDocumentsLinkWhatThereIs holds that documents link only files that are there, and that README.md leads to each.
func TestDocumentsLinkWhatThereIs(t *testing.T) {
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mdLink.FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), string(m[1]))); err != nil {
				t.Errorf("%s links %s, which is not there", filepath.Base(file), m[1])
			}
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"store.md"} // linked from others
	for _, file := range documents(t) {
		name := filepath.Base(file)
		if strings.Contains(file, "/docs/") && !slices.Contains(known, name) && !strings.Contains(string(readme), "docs/"+name) {
			t.Errorf("README.md does not lead to docs/%s", name)
		}
	}
}
