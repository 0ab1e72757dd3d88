package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func testApp() *cli.App {
	getenv := func(string) string { return "" }
	return newApp(newTerminal(getenv), getenv)
}

// TestEveryVerbHasAPage holds that each verb has a manual page with its examples and each of its flags, subcommands included.
func TestEveryVerbHasAPage(t *testing.T) {
	app := testApp()
	pages := manPages(app)
	shown := 0
	for _, c := range app.Commands {
		page, ok := pages["berth-"+c.Name+".1"]
		if ok == c.Hidden {
			t.Errorf("%s: hidden %v, has a page %v", c.Name, c.Hidden, ok)
		}
		if c.Hidden {
			continue
		}
		shown++
		holdsCommand(t, page, "berth "+c.Name, c)
		if !strings.Contains(pages["berth.1"], `berth\-`+c.Name+"(1)") {
			t.Errorf("berth.1 does not name %s", c.Name)
		}
	}
	if len(pages) != shown+1 {
		t.Errorf("%d pages for %d verbs", len(pages), shown)
	}
}

// holdsCommand looks for what a page must say of a command.
func holdsCommand(t *testing.T, page, path string, c *cli.Command) {
	if !strings.Contains(page, roffLines(c.Usage)) && !strings.Contains(page, escapeRoff("- "+c.Usage)) {
		t.Errorf("%s: the page does not say what it does", path)
	}
	if c.Description == "" && len(c.Subcommands) == 0 && len(c.VisibleFlags()) > 2 {
		t.Errorf("%s has no examples", path)
	}
	if c.Description != "" && !strings.Contains(page, roffLines(c.Description)) {
		t.Errorf("%s: the page lacks its description", path)
	}
	for _, f := range c.VisibleFlags() {
		for _, name := range f.Names() {
			if len(name) > 1 && !strings.Contains(page, escapeRoff("--"+name)) {
				t.Errorf("%s: the page lacks --%s", path, name)
			}
		}
	}
	for _, sub := range c.Subcommands {
		holdsCommand(t, page, path+" "+sub.Name, sub)
	}
}

// TestHelpHasExamples holds that what --help shows of each verb begins with a command line that can be typed.
func TestHelpHasExamples(t *testing.T) {
	without := []string{"help"} // its usage says it all
	for _, c := range testApp().Commands {
		if first, _, _ := strings.Cut(c.Description, "\n"); !strings.Contains(first, "berth ") && !slices.Contains(without, c.Name) {
			t.Errorf("berth %s --help has no example", c.Name)
		}
	}
}

// TestPagesAreRoff holds that groff, where it is there, has nothing to warn of.
func TestPagesAreRoff(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here")
	}
	for name, page := range manPages(testApp()) {
		cmd := exec.Command(groff, "-man", "-ww", "-Tascii", "-z")
		cmd.Stdin = strings.NewReader(page)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
