package envs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/confine"
)

func TestConfineSettings(t *testing.T) {
	t.Setenv("HOME", "/home/u")
	t.Setenv("APPS", "/apps")
	for text, want := range map[string]confine.Config{
		"jobs: 2\n":          {Mode: confine.Auto},
		"confine:\n":         {Mode: confine.Auto},
		"confine: off\n":     {Mode: confine.Off},
		"confine: require\n": {Mode: confine.Require},
		"confine: {read: [/a/b/, ~/sw, $APPS/x], write: ~}\n":          {Mode: confine.Auto, Read: []string{"/a/b", "/home/u/sw", "/apps/x"}},
		"confine: {mode: require, read: /a, write: [\"~/.ccache\"]}\n": {Mode: confine.Require, Read: []string{"/a"}, Write: []string{"/home/u/.ccache"}},
	} {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, SettingsName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSettings(root)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, s.Confine); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"confine: maybe\n":                "config.yaml:1:10: ",
		"jobs: 1\nconfine: {moed: off}\n": "config.yaml:2:",
		"confine: {read: [a/b]}\n":        "must be absolute",
	} {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, SettingsName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSettings(root); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if s, err := ReadSettings(t.TempDir()); err != nil || s.Confine.Mode != confine.Auto {
		t.Errorf("without a file: %+v, %v", s, err)
	}
}
