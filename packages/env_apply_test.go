package packages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplyEnv(t *testing.T) {
	mod := func(op EnvOp, name, value string) EnvMod { return EnvMod{Op: op, Name: name, Value: value} }
	tests := []struct {
		name string
		in   []string
		mods []EnvMod
		want []string
	}{
		{"set and unset", []string{"A=1", "B=2"}, []EnvMod{mod(EnvSet, "C", "3"), mod(EnvUnset, "A", "")}, []string{"B=2", "C=3"}},
		{"prepend in order", []string{"PATH=/bin"}, []EnvMod{mod(EnvPrepend, "PATH", "/a"), mod(EnvPrepend, "PATH", "/b")}, []string{"PATH=/b:/a:/bin"}},
		{"append to nothing", nil, []EnvMod{mod(EnvAppend, "PATH", "/a")}, []string{"PATH=/a"}},
		{"no empty element for an empty list", []string{"PATH="}, []EnvMod{mod(EnvPrepend, "PATH", "/a")}, []string{"PATH=/a"}},
		{"remove", []string{"PATH=/a:/b:/a"}, []EnvMod{mod(EnvRemove, "PATH", "/a")}, []string{"PATH=/b"}},
		{"remove from unset", nil, []EnvMod{mod(EnvRemove, "PATH", "/a")}, []string{}},
		{"the system's manual pages stay", nil, []EnvMod{mod(EnvPrepend, "MANPATH", "/m"), mod(EnvPrepend, "MANPATH", "/n")}, []string{"MANPATH=/n:/m:"}},
		{"another separator", []string{"X=1;2"}, []EnvMod{{Op: EnvPrepend, Name: "X", Value: "0", Separator: ";"}}, []string{"X=0;1;2"}},
		{"last of a repeated name counts", []string{"A=1", "A=2"}, nil, []string{"A=2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ApplyEnv(tt.in, tt.mods)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
