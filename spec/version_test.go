package spec

import (
	"slices"
	"strings"
	"testing"
)

// Each line is in ascending order; "=" joins versions that mean the same.
const versionOrder = `
	1.2 1.2.0 1.2.1 1.3 1.10 2
	1.02=1.2 1.3
	1.2=1-2=1_2=1.2final 1.2final1 1.2.0
	6.0alpha 6.0alpha0 6.0alpha1 6.0alpha2 6.0beta 6.0beta0 6.0beta1 6.0rc 6.0rc0 6.0rc1 6.0rc2 6.0 6.0.0
	1.2-alpha1=1.2alpha1=1.2_alpha.1 1.2-rc1 1.2
	1 1.a 1.b 1.0 1.1
	a b 0 1
	9 9a 9b 9e 10
	1.1.1 1.1.1a 1.1.1w 1.1.2
	2021.01 2021.6 2021.10
	9999 stable trunk head master main develop
	1.stable 1.develop 2
	stable_release-7 develop-1.8 develop-1.10 git.main
	8.2.3-develop 8.3
	rc1 1
	1.0.rc 1.0
	1.2 git.zzz=1.2 1.2.0 git.aaa=1.3
	git.0123456789012345678901234567890123456780=9 develop 0123456789012345678901234567890123456789 git.x
	9999999999999999998 9999999999999999999 10000000000000000000 99999999999999999999999 100000000000000000000000
	Z a z
`

func TestVersionOrder(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(versionOrder), "\n") {
		var ranks [][]Version
		for _, group := range strings.Fields(line) {
			var same []Version
			for _, text := range splitEqual(group) {
				same = append(same, MustVersion(text))
			}
			ranks = append(ranks, same)
		}
		for i, a := range ranks {
			for j, b := range ranks {
				want := min(max(i-j, -1), 1)
				for _, v := range a {
					for _, w := range b {
						if got := v.Compare(w); got != want {
							t.Errorf("%s: %s compared with %s is %d, want %d", strings.TrimSpace(line), v, w, got, want)
						}
					}
				}
			}
		}
	}
}

// splitEqual cuts at "=", except that of a git version.
func splitEqual(group string) []string {
	if isGitVersion(group) {
		return []string{group}
	}
	return strings.Split(group, "=")
}

func TestVersionIsAComparableValue(t *testing.T) {
	if MustVersion("1.2") != MustVersion("=1.2") || MustVersion("1.2") == MustVersion("1-2") {
		t.Error("== does not compare versions by their spelling")
	}
	seen := map[Version]bool{MustVersion("1.2"): true}
	if !seen[MustVersion(strings.Join([]string{"1", "2"}, "."))] {
		t.Error("a version made anew does not find itself in a map")
	}
	if !(Version{}).IsZero() || (Version{}).String() != "" || (Version{}).Compare(MustVersion("a")) != -1 {
		t.Error("the zero version is not the empty text below all others")
	}
}

func TestVersionKinds(t *testing.T) {
	tests := []struct {
		text          string
		infinity, pre bool
	}{
		{"1.2", false, false},
		{"develop", true, false},
		{"3.2-develop", true, false},
		{"2026.0.stable", true, false},
		{"developer", false, false},
		{"Main", false, false},
		{"1.2rc1", false, true},
		{"1.2-beta", false, true},
		{"1.2final", false, false},
		{"beta", false, false},
		{"git.main", true, false},
		{"git.main=1.2", false, false},
		{"git.x=1.2rc1", false, true},
	}
	for _, test := range tests {
		v := MustVersion(test.text)
		if v.IsInfinity() != test.infinity || v.IsPrerelease() != test.pre {
			t.Errorf("%s: infinity %v, pre-release %v", test.text, v.IsInfinity(), v.IsPrerelease())
		}
	}
}

func TestUpTo(t *testing.T) {
	tests := []struct {
		text string
		n    int
		want string
	}{
		{"1.14.5", 2, "1.14"},
		{"1.14.5", 9, "1.14.5"},
		{"1.14.5", 0, ""},
		{"1.23-4b", 3, "1.23-4"},
		{"1.23-4b", 4, "1.23-4b"},
		{"1.23-4b", -1, "1.23-4"},
		{"1.23-4b", -3, "1"},
		{"1.23-4b", -4, ""},
		{"1.23-4b", -9, ""},
		{"1.2.0rc1", 9, "1.2.0"},
		{"git.abc=1.2.3", 2, "1.2"},
		{"git.abc", 2, ""},
		{"develop", 1, "develop"},
	}
	for _, test := range tests {
		if got := MustVersion(test.text).UpTo(test.n).String(); got != test.want {
			t.Errorf("%s up to %d is %q, want %q", test.text, test.n, got, test.want)
		}
	}
}

func TestGitVersions(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	tests := []struct{ text, ref, base string }{
		{"git.main", "main", ""},
		{"git.feature/x-1=1.2", "feature/x-1", "1.2"},
		{commit, commit, ""},
		{commit + "=1.2", commit, "1.2"},
		{"git." + commit + "=develop", commit, "develop"},
		{"1.2", "", ""},
		{"git-1.2", "", ""},
	}
	for _, test := range tests {
		v := MustVersion(test.text)
		if v.GitRef() != test.ref || v.GitBase().String() != test.base || v.String() != test.text {
			t.Errorf("%s: ref %q, base %q", v, v.GitRef(), v.GitBase())
		}
	}
	if MustVersion("git."+commit).Compare(MustVersion(commit)) != 0 {
		t.Error("a commit with and without git. are not the same")
	}
}

func TestBadVersions(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `parse spec "": column 1: unexpected end of text, expected a version such as 1.2, =1.2 or 1.2:1.4`},
		{"1.2+x", `parse spec "1.2+x": column 4: unexpected '+', expected a version such as 1.2, =1.2 or 1.2:1.4`},
		{"1.2-", `parse spec "1.2-": column 4: a version cannot end in '-', expected a letter or digit`},
		{"_", `parse spec "_": column 1: a version needs a letter or digit, expected a version such as 1.2`},
		{"git.", `parse spec "git.": column 5: a git version without a ref, expected a branch, tag or commit, as in git.main`},
		{"git.x=git.y", `parse spec "git.x=git.y": column 7: a git version inside a git version, expected an ordinary version such as 1.2`},
		{"=1.2:1.4", `parse spec "=1.2:1.4": column 5: an exact version cannot begin a range, expected a range such as 1.2:1.4`},
		{"1.4:1.2", `parse spec "1.4:1.2": column 1: the range 1.4:1.2 is empty, expected the lower version first`},
		{"1.3:1.2", `parse spec "1.3:1.2": column 1: the range 1.3:1.2 is empty, expected the lower version first`},
		{"git.x:1.2", `parse spec "git.x:1.2": column 1: a git version cannot end a range, expected an ordinary version such as 1.2`},
		{"1.2,,1.3", `parse spec "1.2,,1.3": column 5: unexpected ',', expected a version such as 1.2, =1.2 or 1.2:1.4`},
		{"1.2::", `parse spec "1.2::": column 5: unexpected ':', expected a version such as 1.2, =1.2 or 1.2:1.4`},
		{"1.é", `parse spec "1.é": column 2: a version cannot end in '.', expected a letter or digit`},
	}
	for _, test := range tests {
		if _, err := ParseVersions(test.text); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestVersionsPrint(t *testing.T) {
	tests := []struct{ text, want string }{
		{"1.2", "1.2"},
		{"=1.2", "=1.2"},
		{":", ":"},
		{"1.2:1.2", "1.2"},
		{"1-2:1.2", "1-2"},
		{" 1.2 , 1.4", "1.2,1.4"},
		{"1.2,1.3", "1.2:1.3"},
		{"1.6,1.2:1.4", "1.2:1.4,1.6"},
		{"1.2:1.4,=1.3", "1.2:1.4"},
		{"=1.3,1.2:1.4,=1.5", "1.2:1.4,=1.5"},
		{":1.4,1.3:", ":"},
		{":1.4,1.5:", ":"},
		{"1.2:1.4,1.3:1.6,1.7", "1.2:1.7"},
		{"=1.2,=1.2", "=1.2"},
		{"=1-2,=1.2", "=1-2"},
		{"=git.main=1.2", "git.main=1.2"},
		{"git.main=1.2,1.2", "1.2"},
		{"git.b=1.2,git.a=1.2,=1.2", "=1.2,git.a=1.2,git.b=1.2"},
		{"main:develop", "main:develop"},
		{"master,main", "master:main"},
	}
	for _, test := range tests {
		set, err := ParseVersions(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if set.String() != test.want {
			t.Errorf("%s prints as %s, want %s", test.text, set, test.want)
		}
		if again := MustVersions(set.String()); !again.Equal(set) || again.String() != set.String() {
			t.Errorf("%s reads back as %s", set, again)
		}
	}
}

func TestVersionsContain(t *testing.T) {
	tests := []struct{ set, in, out string }{
		{"1.2", "1.2 1.2.0 1.2.5 1.2a 1.2-custom 1.2.develop 1.2_0 1.3rc1", "1.1 1.3 1.2rc1 1.20 develop"},
		{"=1.2", "1.2 1_2 1.02", "1.2.0 1.2.5"},
		{"1.2:1.4", "1.2 1.3 1.4 1.4.9", "1.1.9 1.5 1.2rc1"},
		{":1.4", "0 1.4 1.4.9 a 1.2rc1 1.5-alpha", "1.5 main"},
		{"1.2:", "1.2 1.2.1 9 develop git.x", "1.1 1.2-rc1 a"},
		{"1.0:1.5,=1.7.1", "1.5.9 1.7.1", "1.7 1.7.1.1 1.6"},
		{"1.2rc1", "1.2rc1", "1.2rc2 1.2 1.2rc"},
		{"1.2a", "1.2a 1.2abc 1.2a1", "1.2b 1.2"},
		{"main", "main main-2023-11", "master develop"},
		{"git.x=1.2", "git.x=1.2", "1.2 git.x git.y=1.2"},
		{"git.x", "git.x", "git.x=1.2"},
		{"1.2:1.3", "git.x=1.2 git.x=1.3.1", "git.x=1.4 git.x"},
		{":", "1 develop git.x", ""},
	}
	for _, test := range tests {
		set := MustVersions(test.set)
		for _, text := range strings.Fields(test.in) {
			if !set.Contains(MustVersion(text)) {
				t.Errorf("%s is not in %s", text, set)
			}
		}
		for _, text := range strings.Fields(test.out) {
			if set.Contains(MustVersion(text)) {
				t.Errorf("%s is in %s", text, set)
			}
		}
	}
}

func TestVersionsRelations(t *testing.T) {
	tests := []struct {
		a, b   string
		subset bool
		both   string // "" for none
	}{
		{"1.2.3", "1.2", true, "1.2.3"},
		{"1.2", "1.2.3", false, "1.2.3"},
		{"=1.2", "1.2", true, "=1.2"},
		{"1.2", "=1.2", false, "=1.2"},
		{"1.2:1.4", "1.3:1.6", false, "1.3:1.4"},
		{"1.2:1.4", "1.5:", false, ""},
		{":", "1.2", false, "1.2"},
		{"1.2", ":", true, "1.2"},
		{"1.2:1.4,1.6", "1.3:", false, "1.3:1.4,1.6"},
		{"1.2,1.4", "1.0:1.2,1.4:", true, "1.2,1.4"},
		{":1.2", ":1.2.5", false, ":1.2.5"},
		{":1.2.5", ":1.2", true, ":1.2.5"},
		{"git.x=1.2", "1.2", true, "git.x=1.2"},
		{"git.x=1.2", "=1.2", false, ""},
	}
	for _, test := range tests {
		a, b := MustVersions(test.a), MustVersions(test.b)
		both, ok := a.Intersect(b)
		if a.SubsetOf(b) != test.subset || ok != (test.both != "") || ok != a.Intersects(b) || ok && both.String() != test.both {
			t.Errorf("%s and %s: subset %v, intersection %s %v", a, b, a.SubsetOf(b), both, ok)
		}
	}
}

// universe is small enough to enumerate and has something on both sides of every end that rangeEnds can make.
var universe = func() []Version {
	var list []Version
	for _, text := range strings.Fields(`A 0 0.z 1rc1 1-rc1.1 1 1.0rc 1.0 1.0.0 1.0.1 1.0a 1.1-beta2 1.1 1.1.0 1.1.1 1.2rc 1.2rc0 1.2rc1 1.2rc2 1.2
		1.2.3 1.2.4 1.3 1.9 2-alpha 2 2.0 a ab b z zA main.1 master main develop develop.1
		git.p=1.1 git.q=1.1 git.p=1.1.1 git.p=1.0 git.p=0 git.p=1.2rc1 git.p=main git.p git.q`) {
		list = append(list, MustVersion(text))
	}
	slices.SortFunc(list, Version.Compare)
	return list
}()

func members(s Versions) []Version {
	var in []Version
	for _, v := range universe {
		if s.Contains(v) {
			in = append(in, v)
		}
	}
	return in
}
