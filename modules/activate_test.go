package modules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/packages"
)

// shell is a shell that the scripts are held against.
type shell struct {
	name   string
	argv   []string // before the commands; strict where the shell can be
	script func(name string, mods []packages.EnvMod) string
}

var allShells = []shell{
	{"bash", []string{"bash", "--norc", "-euc"}, Bash},
	{"bash-posix", []string{"bash", "--norc", "--posix", "-euc"}, Bash},
	{"dash", []string{"dash", "-euc"}, Bash},
	{"zsh", []string{"zsh", "-feuc"}, Bash},
	{"zsh-sh", []string{"zsh", "--emulate", "sh", "-feuc"}, Bash},
	{"fish", []string{"fish", "--no-config", "-c"}, Fish},
}

// shells are those of allShells that this machine has; bash at least.
func shells(t testing.TB) []shell {
	var found []shell
	for _, s := range allShells {
		path, err := exec.LookPath(s.argv[0])
		if err != nil {
			t.Logf("no %s here: the scripts are not tried with it", s.argv[0])
			continue
		}
		s.argv = append([]string{path}, s.argv[1:]...)
		found = append(found, s)
	}
	if len(found) == 0 {
		t.Fatal("no shell to try the scripts with")
	}
	return found
}

// write puts a script for the shell into a file and returns the command that sources it.
func (s shell) write(t testing.TB, name string, mods []packages.EnvMod) string {
	file := filepath.Join(t.TempDir(), "activate")
	if err := os.WriteFile(file, []byte(s.script(name, mods)), 0o644); err != nil {
		t.Fatal(err)
	}
	return "source " + file
}

// run executes commands and returns the environment that they leave, sorted, without what the shell itself brings in. "source" is written
// as the shell has it. PATH holds nothing, so that no program can be started by mistake.
func (s shell) run(t testing.TB, environ []string, commands ...string) []string {
	text := strings.Join(commands, "\n") + "\nexec /usr/bin/env -0"
	if s.name != "fish" {
		text = strings.ReplaceAll(text, "source /", ". /")
	}
	cmd := exec.Command(s.argv[0], append(s.argv[1:], text)...)
	home := t.TempDir() // of fish, which writes there
	cmd.Env = append([]string{"PATH=/nowhere", "HOME=" + home}, environ...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s\n%s", s.name, err, stderr.String(), text)
	}
	var got []string
	for _, entry := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "PWD", "OLDPWD", "_", "SHLVL", "PATH", "HOME", "MAIL", "LOGNAME", "USER", "fish_terminal_color_theme":
		default:
			got = append(got, entry)
		}
	}
	slices.Sort(got)
	return got
}

// visible leaves out of an environment what an activation keeps there for itself.
func visible(environ []string) []string {
	environ = slices.DeleteFunc(slices.Clone(environ), func(e string) bool {
		return strings.HasPrefix(e, "_BERTH_") || strings.HasPrefix(e, activeVariable+"=")
	})
	slices.Sort(environ)
	return environ
}

var anyMod = rapid.Custom(func(t *rapid.T) packages.EnvMod {
	return packages.EnvMod{
		Op:        packages.EnvOp(rapid.IntRange(0, 4).Draw(t, "op")),
		Name:      rapid.SampledFrom([]string{"PATH_A", "LIST_PATH", "MANPATH", "name"}).Draw(t, "name"),
		Value:     rapid.SampledFrom([]string{"/a", "/b b", "/c'c", "$HOME `x` \\", "*", "~", "=ls", "", "/d:/e", "line\nbreak", `\n"`, "(x)", "-n"}).Draw(t, "value"),
		Separator: rapid.SampledFrom([]string{"", "", ":", ";", " "}).Draw(t, "separator"),
	}
})

// listMod is what packages mostly ask for.
var listMod = rapid.Custom(func(t *rapid.T) packages.EnvMod {
	return packages.EnvMod{
		Op:    rapid.SampledFrom([]packages.EnvOp{packages.EnvPrepend, packages.EnvAppend}).Draw(t, "op"),
		Name:  rapid.SampledFrom([]string{"PATH_A", "LIST_PATH", "MANPATH"}).Draw(t, "name"),
		Value: rapid.SampledFrom([]string{"/a", "/b b", "/c'c", "*", "/d:/e"}).Draw(t, "value"),
	}
})

// environs are what activation may meet: unset, empty, lists with what will be added, empty elements.
var environs = rapid.SampledFrom([][]string{
	{"OTHER=kept", "PATH_A=/a:/x"},
	{"PATH_A=", "LIST_PATH=", "MANPATH="},
	{"LIST_PATH=/a:/b b:/a", "MANPATH=/m:", "PATH_A=/d:/e:/y:/d:/e"},
	{"LIST_PATH=:/x::", "PATH_A=*:/c'c:line\nbreak"},
	{"name=kept"},
})

// TestScriptsAreApplyEnv holds that sourcing a script and packages.ApplyEnv give the same environment, that deactivation gives the old one
// back, and that Activate and Deactivate do the same.
func TestScriptsAreApplyEnv(t *testing.T) {
	all := shells(t)
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.OneOf(rapid.SliceOfN(anyMod, 1, 6), rapid.SliceOfN(listMod, 1, 6)).Draw(rt, "mods")
		environ := environs.Draw(rt, "environ")
		s := all[rapid.IntRange(0, len(all)-1).Draw(rt, "shell")]
		source := s.write(t, "test", list)
		active := s.run(t, environ, source)
		if diff := cmp.Diff(s.sees(packages.ApplyEnv(environ, list)), s.sees(active)); diff != "" {
			rt.Fatalf("%s: -ApplyEnv +sourced:\n%s", s.name, diff)
		}
		if same := slices.Sorted(slices.Values(Activate(environ, "test", list))); !strings.HasPrefix(s.name, "zsh") && !slices.Equal(same, active) {
			rt.Fatalf("%s: -Activate +sourced:\n%s", s.name, cmp.Diff(same, active))
		}
		want := slices.Sorted(slices.Values(environ))
		if diff := cmp.Diff(want, s.run(t, environ, source, "berth_deactivate")); diff != "" {
			rt.Fatalf("%s: -before +after deactivation:\n%s", s.name, diff)
		}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(Deactivate(active)))); diff != "" {
			rt.Fatalf("%s: -before +after Deactivate:\n%s", s.name, diff)
		}
	})
}

// TestLineBreaks holds that an element with a line break, which shells split what they substitute at, comes back out of a list: where it stands
// alone, between others, and between elements that somebody has put in since.
func TestLineBreaks(t *testing.T) {
	environ := []string{"OTHER=kept", "PATH_A=/a:/x"}
	value := "line\nbreak"
	for _, list := range [][]packages.EnvMod{
		{{Op: packages.EnvAppend, Name: "PATH_A", Value: value}},
		{{Op: packages.EnvPrepend, Name: "PATH_A", Value: value}},
		{{Op: packages.EnvAppend, Name: "PATH_A", Value: value}, {Op: packages.EnvAppend, Name: "PATH_A", Value: "/z"}, {Op: packages.EnvPrepend, Name: "PATH_A", Value: value}},
	} {
		for _, s := range shells(t) {
			if got := s.run(t, environ, s.write(t, "test", list), "berth_deactivate"); !slices.Equal(got, environ) {
				t.Errorf("%s: %q after deactivation of %v", s.name, got, list)
			}
		}
	}
}

// sees is visible; zsh has a MANPATH of its own, if only an empty one.
func (s shell) sees(environ []string) []string {
	return slices.DeleteFunc(visible(environ), func(e string) bool { return e == "MANPATH=" && strings.HasPrefix(s.name, "zsh") })
}

// TestPlans holds that joining what is put into a list changes nothing.
func TestPlans(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.OneOf(rapid.SliceOfN(anyMod, 1, 8), rapid.SliceOfN(listMod, 1, 8)).Draw(rt, "mods")
		environ := environs.Draw(rt, "environ")
		var joined []packages.EnvMod
		plans, _ := makePlans(list)
		for _, p := range plans {
			joined = append(joined, p.ops...)
			if p.head != "" {
				joined = append(joined, packages.EnvMod{Op: packages.EnvPrepend, Name: p.name, Value: p.head})
			}
			if p.tail != "" {
				joined = append(joined, packages.EnvMod{Op: packages.EnvAppend, Name: p.name, Value: p.tail})
			}
		}
		if diff := cmp.Diff(visible(packages.ApplyEnv(environ, list)), visible(packages.ApplyEnv(environ, joined))); diff != "" {
			rt.Fatalf("-in order +joined:\n%s", diff)
		}
	})
}

var (
	one = []packages.EnvMod{
		{Op: packages.EnvPrepend, Name: "PATH_A", Value: "/one/lib"}, {Op: packages.EnvPrepend, Name: "PATH_A", Value: "/one/bin"},
		{Op: packages.EnvSet, Name: "CC", Value: "one-cc"}, {Op: packages.EnvSet, Name: "ONLY_ONE", Value: "1"},
	}
	two = []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PATH_A", Value: "/two/bin"}, {Op: packages.EnvSet, Name: "CC", Value: "two-cc"}}
)

// TestActivateAnother holds that one activation replaces another: in one shell, and in one that was started from it, as a batch job is.
func TestActivateAnother(t *testing.T) {
	environ := []string{"CC=gcc", "PATH_A=/x"}
	want := []string{"CC=two-cc", "PATH_A=/two/bin:/x"}
	all := shells(t)
	for _, s := range all {
		if got := visible(s.run(t, environ, s.write(t, "one", one), s.write(t, "two", two))); !slices.Equal(got, want) {
			t.Errorf("%s: %v", s.name, got)
		}
		if got := s.run(t, environ, s.write(t, "one", one), s.write(t, "two", two), "berth_deactivate"); !slices.Equal(got, environ) {
			t.Errorf("%s: after deactivation: %v", s.name, got)
		}
		for _, child := range all {
			inherited := s.run(t, environ, s.write(t, "one", one))
			if got := visible(child.run(t, inherited, child.write(t, "two", two))); !slices.Equal(got, want) {
				t.Errorf("%s, then %s: %v", s.name, child.name, got)
			}
			if got := child.run(t, inherited, child.write(t, "one", one), "berth_deactivate"); !slices.Equal(got, environ) {
				t.Errorf("%s, then the same in %s: after deactivation: %v", s.name, child.name, got)
			}
		}
	}
}

// TestUserChangesStay holds that what the user did to a list meanwhile is kept, while what was put in goes.
func TestUserChangesStay(t *testing.T) {
	for _, test := range []struct{ meanwhile, want string }{
		{"/one/bin:/one/lib:/x:/y", "/x:/y"},
		{"/mine:/one/bin:/one/lib:/x:/y:/more", "/mine:/x:/y:/more"},
		{"/one/bin:/one/lib:/y", "/y"},                   // `module purge` took /x away
		{"/one/lib:/mine:/x:/one/bin:/y", "/mine:/x:/y"}, // reordered
		{"/x:/y", "/x:/y"},
		{"/one/library:/one/lib:/x", "/one/library:/x"},
		{"/other", "/other"},
		{"", ""},
	} {
		for _, s := range shells(t) {
			change := "PATH_A='" + test.meanwhile + "'"
			if s.name == "fish" {
				change = "set -gx PATH_A '" + test.meanwhile + "'"
			}
			got := s.run(t, []string{"PATH_A=/x:/y"}, s.write(t, "one", one[:2]), change, "berth_deactivate")
			if !slices.Equal(got, []string{"PATH_A=" + test.want}) {
				t.Errorf("%s: from %s: %v, want %s", s.name, test.meanwhile, got, test.want)
			}
		}
	}
}

// TestNotExported holds that a variable that only the shell knew is exported while the environment is active, and not afterwards.
func TestNotExported(t *testing.T) {
	for _, s := range shells(t) {
		set, show := "CC=gcc; PATH_A=/x", `export SEEN="$CC $PATH_A"`
		switch s.name {
		case "fish":
			set, show = "set -g CC gcc; set -g PATH_A /x", `set -gx SEEN "$CC $PATH_A"`
		case "dash":
			continue // it cannot tell what is exported
		}
		if got := visible(s.run(t, nil, set, s.write(t, "two", two))); !slices.Equal(got, []string{"CC=two-cc", "PATH_A=/two/bin:/x"}) {
			t.Errorf("%s: active: %v", s.name, got)
		}
		if got := s.run(t, nil, set, s.write(t, "two", two), "berth_deactivate", show); !slices.Equal(got, []string{"SEEN=gcc /x"}) {
			t.Errorf("%s: deactivated: %v", s.name, got)
		}
	}
}

// TestLeavesNothing holds that deactivation leaves no function behind, that a subshell can deactivate by itself, and that IFS does not matter.
func TestLeavesNothing(t *testing.T) {
	for _, s := range shells(t) {
		source := s.write(t, "one", one)
		names := "_berth_head _berth_tail _berth_restore _berth_undo _berth_save berth_deactivate"
		check := "for f in " + names + "; do if command -v $f; then export LEFT=$f; fi; done"
		if s.name == "fish" {
			check = "for f in " + names + "; if functions -q $f; set -gx LEFT $f; end; end"
		}
		if got := s.run(t, []string{"PATH_A=/x"}, source, "berth_deactivate", check); !slices.Equal(got, []string{"PATH_A=/x"}) {
			t.Errorf("%s: %v", s.name, got)
		}
		if s.name == "fish" {
			continue
		}
		got := s.run(t, []string{"PATH_A=/x"}, "IFS=/_", source, "( berth_deactivate; [ \"$PATH_A\" = /x ] )", "SEEN=$PATH_A", "berth_deactivate", "export SEEN")
		if !slices.Equal(got, []string{"PATH_A=/x", "SEEN=/one/bin:/one/lib:/x"}) {
			t.Errorf("%s: subshell: %v", s.name, got)
		}
	}
}

// TestStrictShells holds that options with which people make their shells strict or strange neither stop the scripts nor make them speak.
func TestStrictShells(t *testing.T) {
	for _, s := range shells(t) {
		options := "set -f -o noclobber"
		switch {
		case strings.HasPrefix(s.name, "bash"):
			options += "; trap 'echo failed: $BASH_COMMAND >&2' ERR; set -E -o pipefail; shopt -s extglob failglob nocasematch; set +h"
		case strings.HasPrefix(s.name, "zsh"):
			options += "; setopt warn_create_global ksh_arrays glob_subst sh_word_split extended_glob err_return no_hash_cmds 2>/dev/null"
		case s.name == "fish":
			options = "set -g fish_trace"
		}
		environ := []string{"CC=gcc", "PATH_A=/x"}
		if got := s.run(t, environ, options, s.write(t, "one", one), s.write(t, "two", two), "berth_deactivate"); !slices.Equal(got, environ) {
			t.Errorf("%s: %v", s.name, got)
		}
	}
}

// TestZshUniquePath holds that the widespread `typeset -U path` does no harm.
func TestZshUniquePath(t *testing.T) {
	for _, s := range shells(t) {
		if s.name != "zsh" {
			continue
		}
		mods := []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PATH", Value: "/one"}}
		got := s.run(t, nil, "typeset -U PATH path; path=(/x /y /x)", s.write(t, "one", mods), "export IN=$PATH", "berth_deactivate", "export AFTER=$PATH")
		if !slices.Equal(got, []string{"AFTER=/x:/y", "IN=/one:/x:/y"}) {
			t.Errorf("%v", got)
		}
	}
}

// TestUnusableNames holds that a name which a shell would take for something else never reaches it.
func TestUnusableNames(t *testing.T) {
	mods := []packages.EnvMod{
		{Op: packages.EnvSet, Name: "A; touch /tmp/x\n", Value: "1"}, {Op: packages.EnvSet, Name: "", Value: "1"},
		{Op: packages.EnvUnset, Name: "_BERTH_LISTS"}, {Op: packages.EnvSet, Name: "GOOD", Value: "1"},
	}
	for _, s := range shells(t) {
		if got := visible(s.run(t, nil, s.write(t, "x", mods))); !slices.Equal(got, []string{"GOOD=1"}) {
			t.Errorf("%s: %v", s.name, got)
		}
	}
}

// stack is the changes of an environment of n packages.
func stack(n int) []packages.EnvMod {
	var mods []packages.EnvMod
	for i := range n {
		prefix := filepath.Join("/home/user/.berth/store", "package-1.2.3-abcdefghijklmnopqrstuvwxyz"+strings.Repeat("x", i%7)+string(rune('a'+i%26)))
		for _, ins := range inspections {
			mods = append(mods, packages.EnvMod{Op: packages.EnvPrepend, Name: ins.variable, Value: filepath.Join(prefix, ins.dir)})
		}
		mods = append(mods, packages.EnvMod{Op: packages.EnvSet, Name: rootVariable("package-" + string(rune('a'+i%26))), Value: prefix})
	}
	return mods
}

// BenchmarkActivation is the time a shell takes to start, activate an environment of 100 packages and end; compare it with .../nothing.
func BenchmarkActivation(b *testing.B) {
	for _, s := range shells(b) {
		file := filepath.Join(b.TempDir(), "activate")
		if err := os.WriteFile(file, []byte(s.script("test", stack(100))), 0o644); err != nil {
			b.Fatal(err)
		}
		home := b.TempDir()
		for name, text := range map[string]string{"nothing": "true", "activate": ". " + file, "and-back": ". " + file + "; berth_deactivate"} {
			b.Run(s.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					cmd := exec.Command(s.argv[0], append(s.argv[1:], text)...)
					cmd.Env = []string{"PATH=/bin:/usr/bin", "HOME=" + home}
					if out, err := cmd.CombinedOutput(); err != nil {
						b.Fatalf("%v: %s", err, out)
					}
				}
			})
		}
	}
}
