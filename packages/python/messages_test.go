package python_test

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/python/stdlib"
)

var update = flag.Bool("update", false, "write the messages that the programs give into testdata/messages.txt")

// TestMessages holds what people read when a program fails. messages.txt has programs, each followed by its message.
func TestMessages(t *testing.T) {
	const path, between, separator = "testdata/messages.txt", "\n-- says --\n", "\n========\n"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), separator) {
		src, want, _ := strings.Cut(block, between)
		src = strings.Trim(src, "\n")
		got := message(t, src)
		if !*update {
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
				t.Errorf("%s\n%s", src, diff)
			}
		}
		all = append(all, src+between+got+"\n")
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(all, separator[1:])), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func message(t *testing.T, src string) string {
	_, err := exec(t, python.Options{Importer: python.ImporterFunc(stdlib.Import)}, src+"\n")
	var syntax *python.SyntaxError
	var failed *python.Error
	switch {
	case errors.As(err, &syntax):
		return syntax.Detail()
	case errors.As(err, &failed):
		return failed.Detail()
	}
	t.Errorf("%s\ngave %v", src, err)
	return ""
}
