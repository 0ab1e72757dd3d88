package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestExitCodesAreDocumented holds the codes that the program ends with, the topic of help and docs/exit-codes.md against each other.
func TestExitCodesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(doc), "\n\n`berth run`")
	rows := strings.Count(table, "\n| ") - 1 // without the head
	if rows != len(exitCodes) {
		t.Errorf("docs/exit-codes.md has %d codes, the program %d", rows, len(exitCodes))
	}
	for _, c := range exitCodes {
		if row := fmt.Sprintf("\n| %d | %s |", c.code, c.meaning); !strings.Contains(table, row) {
			t.Errorf("docs/exit-codes.md lacks the row %q", row)
		}
		if !strings.Contains(exitCodesTopic(), c.meaning) {
			t.Errorf("berth help exit-codes lacks %q", c.meaning)
		}
	}
	if declared := exitConstants(t); declared != len(exitCodes) {
		t.Errorf("errors.go declares %d exit codes, exitCodes explains %d", declared, len(exitCodes))
	}
}

// exitConstants counts the constants in errors.go whose names begin with "exit".
func exitConstants(t *testing.T) int {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				if strings.HasPrefix(name.Name, "exit") && name.Name != "exitCodes" {
					count++
				}
			}
		}
		return true
	})
	return count
}
