package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/spec/suggest"
)

func configCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "config",
		Usage: "show what the site, the user and the environment have configured",
		Description: `berth config show                  all sections, merged, with the file and line of each value
berth config show packages         one section: ` + strings.Join(config.Sections, ", ") + `
berth config show --json           for a program to read

Site, user, environment and command line (--config KEY:...:VALUE) are merged, the later over the earlier, by
Spack's rules: maps are merged, lists joined, other values replaced; KEY:: hides what lies below. The site's
files are in /etc/berth, or in the directories that BERTH_SITE names; the user's are in the berth root.`,
		Subcommands: []*cli.Command{{
			Name: "show", Usage: "print the merged configuration with the place of each value", ArgsUsage: "[SECTION...]",
			Flags:  []cli.Flag{jsonFlag()},
			Action: func(c *cli.Context) error { return showConfig(b, c.Args().Slice(), c.Bool("json")) },
		}},
	}
}

// settingJSON is a value of the configuration as --json shows it.
type settingJSON struct {
	Key   string   `json:"key"`  // "packages.openmpi.externals[0].prefix"
	Path  []string `json:"path"` // the same, taken apart
	Value string   `json:"value"`
	Scope string   `json:"scope"` // "site"
	File  string   `json:"file"`
	Line  int      `json:"line"`
}

func showConfig(b *berth, sections []string, asJSON bool) error {
	for _, name := range sections {
		if !slices.Contains(config.Sections, name) {
			hint := "there are " + strings.Join(config.Sections, ", ")
			if near := suggest.Nearest(name, config.Sections, 1); len(near) > 0 {
				hint = "did you mean " + near[0] + "?"
			}
			return withHint(fmt.Errorf("show configuration: unknown section %q", name), "%s", hint)
		}
	}
	if len(sections) == 0 {
		sections = config.Sections
	}
	layers, err := b.layers()
	if err != nil {
		return err
	}
	list := []settingJSON{}
	for _, section := range sections {
		values := config.Show(section, layers...)
		for _, v := range values {
			path := slices.Clone(v.Path)
			for i := range path {
				path[i] = strings.Trim(path[i], "[]")
			}
			list = append(list, settingJSON{Key: v.Key(), Path: path, Value: v.Text, Scope: v.Layer, File: v.File, Line: v.Line})
		}
		if !asJSON {
			b.printf("%s", renderValues(values))
		}
	}
	if asJSON {
		return b.json(list)
	}
	if len(list) == 0 {
		b.notef("nothing is configured")
	}
	return nil
}

// layers are all that is configured, the one that wins first.
func (b *berth) layers() ([]*config.Layer, error) {
	session, err := b.session()
	if err != nil {
		return nil, err
	}
	layers := []*config.Layer{session.CommandLine}
	if e, err := b.environment(); err == nil {
		own, err := e.Layer()
		if err != nil {
			return nil, err
		}
		layers = append(layers, own)
	}
	configured, err := session.Layers()
	for _, l := range configured {
		for _, p := range l.Passed[min(1, len(l.Passed)):] { // the first is told by the session
			b.warnf("passed over: %v", p)
		}
	}
	return append(layers, configured...), err
}

// renderValues writes a section as YAML, with the place of each value behind it.
func renderValues(values []config.Value) string {
	type line struct{ text, place string }
	var lines []line
	var open []string // the keys under which the last line stands
	width := 0
	for _, v := range values {
		common := 0
		for common < len(open) && common < len(v.Path)-1 && open[common] == v.Path[common] {
			common++
		}
		prefix := ""
		for depth := common; depth < len(v.Path); depth++ {
			p := v.Path[depth]
			last := depth == len(v.Path)-1
			if strings.HasPrefix(p, "[") {
				prefix += "- "
				if last {
					lines = append(lines, line{indentOf(v.Path[:depth]) + prefix + quoted(v.Text), placeOf(v)})
				}
				continue
			}
			indent := indentOf(v.Path[:depth])
			if prefix != "" {
				indent = indentOf(v.Path[:depth])[:max(0, len(indentOf(v.Path[:depth]))-len(prefix))] + prefix
				prefix = ""
			}
			if last {
				lines = append(lines, line{indent + p + ": " + quoted(v.Text), placeOf(v)})
			} else {
				lines = append(lines, line{text: indent + p + ":"})
			}
		}
		open = v.Path
	}
	for _, l := range lines {
		if l.place != "" {
			width = max(width, min(len(l.text), widestColumn))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		if l.place == "" {
			b.WriteString(l.text + "\n")
		} else {
			fmt.Fprintf(&b, "%-*s  # %s\n", width, l.text, l.place)
		}
	}
	return b.String()
}

// indentOf is how far to the right something below these keys stands: two columns for each.
func indentOf(path []string) string { return strings.Repeat("  ", len(path)) }

func placeOf(v config.Value) string { return cmp.Or(fmt.Sprintf("%s:%d", v.File, v.Line), v.Layer) }

// quoted puts a text in quotes where YAML would take it for something else.
func quoted(text string) string {
	if text == "{}" || text == "[]" {
		return text
	}
	if text == "" || strings.ContainsRune("@%*&!|>'\"#{}[],?:`$ ", rune(text[0])) || strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.ContainsAny(text, "\n\t") {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// commandLineLayer makes a layer of what --config says: KEY:...:VALUE each; a value with a colon is put in quotes.
func commandLineLayer(settings []string) (*config.Layer, error) {
	if len(settings) == 0 {
		return nil, nil
	}
	var all *config.Layer
	for _, setting := range settings {
		keys := splitSetting(setting)
		if len(keys) < 3 || !slices.Contains(config.Sections, keys[0]) {
			return nil, usagef("--config %s: it is not KEY:...:VALUE, as packages:mpi:buildable:false is", setting)
		}
		var text strings.Builder
		for i, key := range keys[:len(keys)-1] {
			fmt.Fprintf(&text, "%s%s:", strings.Repeat("  ", i), key)
			if i < len(keys)-2 {
				text.WriteString("\n")
			}
		}
		text.WriteString(" " + keys[len(keys)-1] + "\n")
		l, err := config.ParseLayer("command line", "--config", []byte(text.String()), config.HostVariables())
		if err != nil {
			return nil, err
		}
		all = all.Join(l)
	}
	return all, nil
}

// splitSetting splits at colons outside of quotes and brackets; what follows the last key is one value.
func splitSetting(text string) []string {
	var parts []string
	depth, start := 0, 0
	var quote rune
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '[' || r == '{':
			depth++
		case r == ']' || r == '}':
			depth--
		case r == ':' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
