// Package layering holds the project's source against the table of allowed imports, so that the layers of the
// architecture stay layers: the specs know nothing above them, the concretizer never sees the installer, one package
// alone knows the SAT library.
//
// It reads every Go file of the module, whatever its build tags, and no other tool's output. It does not judge what a
// package does with what it imports.
//
// Read table.go (what is allowed), then this file (how it is checked). The check of this very module runs as a test.
package layering

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Rule is one row of the table: what the packages under a path may import of the project's own.
type Rule struct {
	Package string   // "packages/host", which stands for its sub-packages too unless they have a row of their own
	Imports []string // "spec" alone, or "spec/..." with its sub-packages; what shares a row imports each other freely
	Tests   []string // what test files may import beyond that
}

// Reserve is an import from outside the project that few packages may know.
type Reserve struct {
	Import string   // "github.com/go-air/gini", or with "/..." its sub-packages too
	For    []string // "concretizer/internal/sat", or "cmd/..." for all that is below
	Alone  bool     // at most one package, wherever that is below For
}

// Table is all that Check needs to know.
type Table struct {
	Module   string // "github.com/berth-hpc/berth"
	Rules    []Rule
	Reserves []Reserve
}

// Import is one import of one file.
type Import struct {
	Package string // the importing package's directory, relative to the module: "concretizer/internal/sat"
	File    string // relative to the module: "concretizer/encode.go"
	Line    int
	Path    string // what is imported: "github.com/berth-hpc/berth/install"
	Test    bool   // the file is a _test.go file
}

// Violation is an import that the table does not allow.
type Violation struct {
	Import
	Why string // "the table allows concretizer to import packages, spec, spec/dag"
}

func (v Violation) String() string {
	return fmt.Sprintf("%s:%d: package %s imports %s: %s", v.File, v.Line, v.Package, v.Path, v.Why)
}

// Imports lists what every Go file of the module that stands at root imports. Directories that the go command passes over
// ("testdata", "vendor", names that begin with "." or "_") are passed over here, and so are nested modules.
func Imports(root string) ([]Import, error) {
	var found []Import
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file != root && (ignored(entry.Name()) || isModule(file)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || ignored(entry.Name()) {
			return nil
		}
		imports, err := fileImports(root, file)
		found = append(found, imports...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the module's imports: %w", err)
	}
	return found, nil
}

func ignored(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func fileImports(root, file string) ([]Import, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	var imports []Import
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: unquote import %s: %w", rel, spec.Path.Value, err)
		}
		imports = append(imports, Import{
			Package: path.Dir(rel),
			File:    rel,
			Line:    set.Position(spec.Pos()).Line,
			Path:    imported,
			Test:    strings.HasSuffix(rel, "_test.go"),
		})
	}
	return imports, nil
}

// Check returns the imports that the table does not allow, sorted by file and line.
func (t Table) Check(imports []Import) []Violation {
	var bad []Violation
	for _, imp := range imports {
		why := t.ownImport(imp)
		if why == "" {
			why = t.reserved(imp)
		}
		if why != "" {
			bad = append(bad, Violation{Import: imp, Why: why})
		}
	}
	bad = append(bad, t.notAlone(imports)...)
	slices.SortFunc(bad, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Why, b.Why))
	})
	return bad
}

// ownImport says why an import of the project's own is not allowed; "" if it is, or is none.
func (t Table) ownImport(imp Import) string {
	target, own := strings.CutPrefix(imp.Path, t.Module+"/")
	if !own {
		return ""
	}
	rule := t.rule(imp.Package)
	if rule == nil {
		return fmt.Sprintf("%s has no row in the table of test/layering/table.go; give it one", imp.Package)
	}
	if other := t.rule(target); other != nil && other.Package == rule.Package {
		return ""
	}
	allowed := rule.Imports
	if imp.Test {
		allowed = append(slices.Clone(allowed), rule.Tests...)
	}
	if matchesAny(allowed, target) {
		return ""
	}
	if len(allowed) == 0 {
		return fmt.Sprintf("%s may import nothing of ours", rule.Package)
	}
	return fmt.Sprintf("%s may import only %s of ours", rule.Package, strings.Join(allowed, ", "))
}

// rule is the row with the longest path that holds the package; nil if none does.
func (t Table) rule(pkg string) *Rule {
	var best *Rule
	for i, rule := range t.Rules {
		if matches(rule.Package+"/...", pkg) && (best == nil || len(rule.Package) > len(best.Package)) {
			best = &t.Rules[i]
		}
	}
	return best
}

// reserved says why an import from outside is not allowed here; "" if it is.
func (t Table) reserved(imp Import) string {
	for _, r := range t.Reserves {
		if matches(r.Import, imp.Path) && !matchesAny(r.For, imp.Package) {
			return fmt.Sprintf("only %s may know it", strings.Join(r.For, ", "))
		}
	}
	return ""
}

// notAlone finds second packages that import what one package alone may know. The first in path order is taken for the one.
func (t Table) notAlone(imports []Import) []Violation {
	var bad []Violation
	for _, r := range t.Reserves {
		if !r.Alone {
			continue
		}
		users := slices.DeleteFunc(slices.Clone(imports), func(imp Import) bool {
			return imp.Test || !matches(r.Import, imp.Path) || !matchesAny(r.For, imp.Package)
		})
		if len(users) == 0 {
			continue
		}
		owner := slices.MinFunc(users, func(a, b Import) int { return cmp.Compare(a.Package, b.Package) }).Package
		for _, imp := range users {
			if imp.Package != owner {
				bad = append(bad, Violation{Import: imp, Why: fmt.Sprintf("one package alone may know it, and %s does", owner)})
			}
		}
	}
	return bad
}

// matches reports whether pattern ("spec" or "spec/...") covers the path.
func matches(pattern, path string) bool {
	base, tree := strings.CutSuffix(pattern, "/...")
	return path == base || tree && strings.HasPrefix(path, base+"/")
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}
