package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install/durable"
)

// manCommand writes the manual pages, out of what --help shows: berth.1 and a page for each verb.
func manCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:        "__man",
		Usage:       "write the manual pages",
		ArgsUsage:   "DIR",
		Description: `berth __man man/man1             berth.1, berth-install.1, ...`,
		Hidden:      true,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("berth __man needs a directory")
			}
			dir := c.Args().First()
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			pages := manPages(c.App)
			for name, text := range pages {
				if err := durable.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					return err
				}
			}
			b.notef("wrote %s to %s", counted(len(pages), "page", "pages"), dir)
			return nil
		},
	}
}

// manPages are the pages of a command tree by file name.
func manPages(app *cli.App) map[string]string {
	pages := map[string]string{"berth.1": mainPage(app)}
	for _, c := range app.Commands {
		if !c.Hidden {
			pages["berth-"+c.Name+".1"] = verbPage(app, c)
		}
	}
	return pages
}

// roff is a manual page while it is written, in the language of man(7).
type roff struct{ strings.Builder }

func newRoff(title string) *roff {
	p := &roff{}
	fmt.Fprintf(p, ".TH %s 1 \"\" \"berth %s\" \"berth\"\n.nh\n.ad l\n", strings.ToUpper(escapeRoff(title)), escapeRoff(version))
	return p
}

func (p *roff) section(name string)    { fmt.Fprintf(p, ".SH %s\n", name) }
func (p *roff) subsection(name string) { fmt.Fprintf(p, ".SS \"%s\"\n", escapeRoff(name)) }

// text is a paragraph.
func (p *roff) text(format string, args ...any) {
	p.WriteString(roffLines(fmt.Sprintf(format, args...)))
}

// item is a term with what it means.
func (p *roff) item(term, meaning string) {
	fmt.Fprintf(p, ".TP\n\\fB%s\\fR\n%s", escapeRoff(term), roffLines(meaning))
}

// verbatim is text whose lines stay as they are, such as examples.
func (p *roff) verbatim(text string) {
	p.WriteString(".PP\n.nf\n" + roffLines(text) + ".fi\n")
}

// roffLines is text as lines of which none is a request, with an end.
func roffLines(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line = escapeRoff(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// escapeRoff writes text so that it is shown as it is: hyphens that can be copied, and straight quotes.
func escapeRoff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, `"`, `\(dq`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}

func mainPage(app *cli.App) string {
	p := newRoff("berth")
	p.section("NAME")
	p.text("berth - %s", app.Usage)
	p.section("SYNOPSIS")
	p.text("berth [GLOBAL OPTION...] VERB [OPTION...] [ARGUMENT...]")
	p.section("VERBS")
	for _, c := range app.Commands {
		if !c.Hidden {
			p.item("berth-"+c.Name+"(1)", c.Usage)
		}
	}
	p.section("GLOBAL OPTIONS")
	p.flags(app.Flags)
	p.section(`"EXIT STATUS"`)
	for _, c := range exitCodes {
		p.item(fmt.Sprint(c.code), c.meaning)
	}
	p.section("ENVIRONMENT")
	p.item("BERTH_ROOT", "where berth keeps everything: the store, caches, packages.yaml and config.yaml; ~/.berth if it is not set")
	p.item("BERTH_SITE", "where the site has its packages.yaml, repos.yaml and toolchains.yaml for all users; /etc/berth if it is not set")
	p.item("NO_COLOR", "if it is set, nothing is coloured")
	p.section("FILES")
	p.item("env.yaml", "what an environment asks for")
	p.item("env.lock", "what it became")
	p.item("$BERTH_ROOT/packages.yaml, $BERTH_SITE/packages.yaml", "what this host has")
	p.item("$BERTH_ROOT/repos.yaml, $BERTH_SITE/repos.yaml", "where recipes come from beside those inside berth")
	p.item("$BERTH_ROOT/toolchains.yaml, $BERTH_SITE/toolchains.yaml", "names for compilers that go together")
	p.item("$BERTH_ROOT/config.yaml", "a user's settings")
	return p.String()
}

func verbPage(app *cli.App, c *cli.Command) string {
	name := "berth-" + c.Name
	p := newRoff(name)
	p.section("NAME")
	p.text("%s - %s", name, c.Usage)
	p.section("SYNOPSIS")
	p.text("%s", synopsis("berth", c))
	for _, alias := range c.Aliases {
		p.text(".br\nberth %s", alias)
	}
	if c.Description != "" {
		p.section("DESCRIPTION")
		p.verbatim(c.Description)
	}
	if len(c.VisibleFlags()) > 0 {
		p.section("OPTIONS")
		p.flags(c.Flags)
	}
	if len(c.Subcommands) > 0 {
		p.section("SUBCOMMANDS")
		for _, sub := range c.Subcommands {
			if !sub.Hidden {
				p.subcommand("berth "+c.Name, sub)
			}
		}
	}
	p.section(`"SEE ALSO"`)
	p.text("%s", strings.Join(seeAlso(app, c), ", "))
	return p.String()
}

func (p *roff) subcommand(path string, c *cli.Command) {
	p.subsection(synopsis(path, c))
	p.text("%s", c.Usage)
	if c.Description != "" {
		p.verbatim(c.Description)
	}
	p.flags(c.Flags)
	for _, sub := range c.Subcommands {
		p.subcommand(path+" "+c.Name, sub)
	}
}

func synopsis(path string, c *cli.Command) string {
	words := []string{path, c.Name}
	switch {
	case len(c.Subcommands) > 0:
		var names []string
		for _, sub := range c.Subcommands {
			names = append(names, sub.Name)
		}
		words = append(words, strings.Join(names, "|"))
	case len(c.VisibleFlags()) > 0:
		words = append(words, "[OPTION...]")
	}
	if c.ArgsUsage != "" {
		words = append(words, c.ArgsUsage)
	}
	return strings.Join(words, " ")
}

// flags lists options with their short forms and the names of their values.
func (p *roff) flags(flags []cli.Flag) {
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && !v.IsVisible() {
			continue
		}
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		usage, value := d.GetUsage(), ""
		if _, rest, found := strings.Cut(usage, "`"); found {
			value, _, _ = strings.Cut(rest, "`")
		}
		if value == "" && d.TakesValue() {
			value = "VALUE"
		}
		var names []string
		for _, name := range f.Names() {
			dashes := "--"
			if len(name) == 1 {
				dashes = "-"
			}
			names = append(names, dashes+name)
		}
		term := strings.Join(names, ", ")
		if value != "" {
			term += " " + value
		}
		p.item(term, strings.ReplaceAll(usage, "`", ""))
	}
}

// seeAlso are the pages that a verb's description or usage speaks of, and that of berth itself.
func seeAlso(app *cli.App, c *cli.Command) []string {
	also := []string{"berth(1)"}
	for _, other := range app.Commands {
		if other == c || other.Hidden {
			continue
		}
		if strings.Contains(c.Description+c.Usage, "berth "+other.Name) {
			also = append(also, "berth-"+other.Name+"(1)")
		}
	}
	slices.Sort(also)
	return also
}
