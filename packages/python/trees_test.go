package python

import (
	"bytes"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// treeNames maps the kinds of nodes to what CPython calls them; nodes that don't match one to one are counted in countNode.
var treeNames = map[string]string{
	"attrExpr": "Attribute", "callExpr": "Call", "keyword": "keyword", "indexExpr": "Subscript", "sliceExpr": "Slice",
	"binaryExpr": "BinOp", "unaryExpr": "UnaryOp", "boolExpr": "BoolOp", "compareExpr": "Compare", "condExpr": "IfExp", "listExpr": "List",
	"setExpr": "Set", "dictExpr": "Dict", "joinedExpr": "JoinedStr", "formatExpr": "FormattedValue", "lambdaExpr": "Lambda",
	"starExpr": "Starred", "exprStmt": "Expr", "assignStmt": "Assign", "augAssignStmt": "AugAssign", "returnStmt": "Return",
	"raiseStmt": "Raise", "forStmt": "For", "whileStmt": "While", "tryStmt": "Try", "handler": "ExceptHandler", "withStmt": "With",
	"withItem": "withitem", "funcStmt": "FunctionDef", "classStmt": "ClassDef", "importStmt": "Import", "importFromStmt": "ImportFrom",
	"delStmt": "Delete", "assertStmt": "Assert", "passStmt": "Pass", "breakStmt": "Break", "continueStmt": "Continue",
	"compFor": "comprehension", "param": "arg", "annAssignStmt": "AnnAssign", "tupleExpr": "Tuple",
}

// countNodes counts what a tree consists of, by the kinds of CPython's.
func countNodes(v reflect.Value, facts map[string]int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			countNodes(v.Elem(), facts)
		}
	case reflect.Slice:
		for i := range v.Len() {
			countNodes(v.Index(i), facts)
		}
	case reflect.Struct:
		countNode(v, facts)
	}
}

func countNode(v reflect.Value, facts map[string]int) {
	kind := v.Type().Name()
	if name, ok := treeNames[kind]; ok {
		facts[name]++
	}
	switch kind {
	case "constExpr":
		facts["Constant"]++
		countConstant(v.FieldByName("value"), facts)
		return
	case "ifStmt":
		facts["If"] += v.FieldByName("conds").Len()
	case "compFor":
		facts["conditions"] += v.FieldByName("conds").Len()
	case "compareExpr":
		facts["comparisons"] += v.FieldByName("ops").Len()
	case "boolExpr":
		facts["operands"] += v.FieldByName("xs").Len()
	}
	for i := range v.NumField() {
		countNodes(v.Field(i), facts)
	}
}

func countConstant(v reflect.Value, facts map[string]int) {
	v = v.Elem()
	switch v.Type() {
	case reflect.TypeFor[Str]():
		facts["text"] += utf8.RuneCountInString(v.String())
	case reflect.TypeFor[Bytes]():
		facts["text"] += len(v.String())
	case reflect.TypeFor[Int]():
		facts["numbers"] += int(new(big.Int).Mod(big.NewInt(v.Int()), big.NewInt(1000003)).Int64())
	}
}

// TestTreesAreCPythons holds trees against those of CPython, by the number of nodes of each kind, for every 16th file of REPO
// (or every one, with EVERY=1). It needs REPO and a python3.
func TestTreesAreCPythons(t *testing.T) {
	files := recipeFiles(t)
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to compare with")
	}
	if os.Getenv("EVERY") == "" {
		for i := range len(files) / 16 {
			files[i] = files[i*16]
		}
		files = files[:len(files)/16]
	}
	command := exec.Command(interpreter, "testdata/facts.py")
	command.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(files) {
		t.Fatalf("%d results for %d files", len(lines), len(files))
	}
	for i, path := range files {
		want := map[string]int{}
		if err := json.Unmarshal(lines[i], &want); err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := Parse(path, src)
		if err != nil {
			t.Error(err)
			continue
		}
		got := map[string]int{}
		countNodes(reflect.ValueOf(file.body), got)
		names := []string{"Constant", "If", "text", "numbers", "conditions", "comparisons", "operands"}
		for _, name := range treeNames {
			names = append(names, name)
		}
		for _, name := range names {
			if got[name] != want[name] {
				t.Errorf("%s: %d of %s, want %d", path, got[name], name, want[name])
			}
		}
	}
	t.Logf("%d files", len(files))
}
