package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/urfave/cli/v2"
)

// schemaDir holds the schemas of what --json prints.
const schemaDir = "../../docs/json"

// scriptSchema is the command `schema NAME FILE`: the file (stdout, say) is JSON that docs/json/NAME.schema.json allows.
func scriptSchema(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: schema NAME FILE")
	}
	if err := validate(args[0], ts.ReadFile(args[1])); err != nil {
		ts.Fatalf("%v", err)
	}
}

func validate(name, text string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("this is no JSON: %w", err)
	}
	dir, err := filepath.Abs(sourceDir(schemaDir))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join(dir, name+".schema.json"))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// sourceDir is a directory relative to this package's, which scripts run away from.
func sourceDir(dir string) string { return filepath.Join(packageDir, dir) }

var packageDir, _ = os.Getwd()

// jsonCommands lists the commands that take --json, as "external find".
func jsonCommands(commands []*cli.Command, path string) []string {
	var names []string
	for _, c := range commands {
		name := strings.TrimSpace(path + " " + c.Name)
		for _, f := range c.Flags {
			if slices.Contains(f.Names(), "json") {
				names = append(names, name)
			}
		}
		names = append(names, jsonCommands(c.Subcommands, name)...)
	}
	return names
}

// TestJSONIsDocumented holds that each command with --json has a schema, a row in docs/json.md, and a line in the scripts that validates what it prints.
func TestJSONIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	validated := validatedInScripts(t)
	var known []string
	for _, command := range append(jsonCommands(testApp().Commands, ""), "arch known-targets") {
		if command == "compiler find" {
			continue // `external find` for compilers
		}
		name := strings.ReplaceAll(command, " ", "-")
		known = append(known, name+".schema.json")
		text, err := os.ReadFile(filepath.Join(schemaDir, name+".schema.json"))
		if err != nil {
			t.Errorf("berth %s --json has no schema: %v", command, err)
			continue
		}
		if !bytes.Contains(text, []byte(`"additionalProperties": false`)) && bytes.Contains(text, []byte(`"properties"`)) {
			t.Errorf("the schema %s would not notice a new key", name)
		}
		if !bytes.Contains(doc, []byte("(json/"+name+".schema.json)")) {
			t.Errorf("docs/json.md does not link the schema %s", name)
		}
		if !validated[name] {
			t.Errorf("no script validates berth %s --json: schema %s stdout", command, name)
		}
	}
	files, err := filepath.Glob(schemaDir + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(known, filepath.Base(file)) {
			t.Errorf("%s is of no command", file)
		}
	}
}

var schemaLine = regexp.MustCompile(`(?m)^schema (\S+) `)

func validatedInScripts(t *testing.T) map[string]bool {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	validated := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range schemaLine.FindAllSubmatch(text, -1) {
			validated[string(m[1])] = true
		}
	}
	return validated
}
