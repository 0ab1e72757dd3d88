package python_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages/python"
)

// exec evaluates a program and gives its module.
func exec(t testing.TB, opts python.Options, src string) (*python.Module, error) {
	t.Helper()
	file, err := python.Parse("test.py", []byte(src))
	if err != nil {
		return nil, err
	}
	in := python.New(opts)
	t.Cleanup(in.Close)
	return in.Exec(context.Background(), file, "test")
}

// directives is what a package of recipes does with the evaluator: functions that record what a class body says.
type directives struct{ log []string }

type when struct {
	d         *directives
	condition string
}

func (*when) Type() string { return "when" }

func (w *when) Enter(*python.Call) (python.Value, error) {
	w.d.log = append(w.d.log, "enter "+w.condition)
	return w, nil
}

func (w *when) Exit(_ *python.Call, exc *python.Error) (bool, error) {
	w.d.log = append(w.d.log, fmt.Sprintf("exit %s %v", w.condition, exc != nil))
	return false, nil
}

func (d *directives) options() python.Options {
	return python.Options{
		Builtins: map[string]python.Value{
			"version": python.NewBuiltin("version", func(c *python.Call) (python.Value, error) {
				a, err := c.Bind("ver", "*", "sha256=")
				if err != nil {
					return nil, err
				}
				body := c.ClassBody()
				if body == nil {
					return nil, python.TypeErrorf("version() outside of a class")
				}
				recorded, _ := body.Data.([]string)
				p := c.Place()
				body.Data = append(recorded, fmt.Sprintf("%s %s %d:%d", python.Display(a[0]), python.Display(a[2]), p.Line, p.Col))
				return nil, nil
			}),
			"when": python.NewBuiltin("when", func(c *python.Call) (python.Value, error) {
				return &when{d, python.Display(c.Args[0])}, nil
			}),
		},
		OnClass: func(class *python.Class, body *python.ClassBody) error {
			for _, r := range body.Data.([]string) {
				d.log = append(d.log, class.Name+": "+r)
			}
			return nil
		},
	}
}

func TestClassBodyCallsDirectives(t *testing.T) {
	d := &directives{}
	_, err := exec(t, d.options(), `
class Zlib:
    """Compression."""

    version("1.3", sha256="aa")
    with when("+shared"):
        for v in ("1.2", f"{1}.{1:02}"):
            version(v, sha256=v * 2)
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"enter +shared", "exit +shared false", "Zlib: 1.3 aa 5:5", "Zlib: 1.2 1.21.2 8:13", "Zlib: 1.01 1.011.01 8:13"}
	if diff := cmp.Diff(want, d.log); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsShowWhereAndHow(t *testing.T) {
	d := &directives{}
	_, err := exec(t, d.options(), "class A:\n    version('1', sha265='x')\n")
	want := `test.py:2:5: TypeError: version() got an unexpected keyword argument 'sha265'. Did you mean: 'sha256'?
        version('1', sha265='x')
        ^
  called from test.py:1:1 in <module>`
	e, ok := err.(*python.Error)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, e.Detail()); diff != "" {
		t.Error(diff)
	}
}

func TestImportersSupplyModules(t *testing.T) {
	var in *python.Interp
	sources := map[string]string{
		"lib.base": "class Base:\n    kind = 'base'\n    def hello(self):\n        return 'hello from ' + self.kind\n",
	}
	loaded := map[string]*python.Module{"lib": python.NewModule("lib", nil)}
	in = python.New(python.Options{Importer: python.ImporterFunc(func(in *python.Interp, name string) (*python.Module, error) {
		if m, ok := loaded[name]; ok {
			return m, nil
		}
		src, ok := sources[name]
		if !ok {
			return nil, nil
		}
		file, err := python.Parse(strings.ReplaceAll(name, ".", "/")+".py", []byte(src))
		if err != nil {
			return nil, err
		}
		m, err := in.Exec(in.Context(), file, name)
		loaded[name] = m
		return m, err
	})})
	defer in.Close()
	file, err := python.Parse("main.py", []byte("from lib.base import Base\nimport lib.base as b\n\nclass D(b.Base):\n    kind = 'derived'\n\nx = D().hello()\ny = issubclass(D, Base)\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := in.Exec(context.Background(), file, "main")
	if err != nil {
		t.Fatal(err)
	}
	x, _ := m.Get("x")
	y, _ := m.Get("y")
	if x != python.Value(python.Str("hello from derived")) || y != python.True {
		t.Errorf("got %v, %v", x, y)
	}
}
