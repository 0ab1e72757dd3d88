package packages

import (
	"strings"
	"testing"
)

func placed(names string) []PlacedName {
	var list []PlacedName
	for _, n := range strings.Fields(names) {
		list = append(list, PlacedName{Name: n, Place: Place{File: "env.yaml", Line: 3}})
	}
	return list
}

// TestLicensePolicy holds what policies say of SPDX expressions, operators, exceptions and parentheses included.
func TestLicensePolicy(t *testing.T) {
	for _, test := range []struct {
		allow, deny, expression string
		want                    string // what is denied; "not listed"; "" is nothing
	}{
		{"", "", "GPL-3.0-only", ""},
		{"", "GPL-3.0-only", "GPL-3.0-only", "GPL-3.0-only"},
		{"", "gpl-3.0-ONLY", "GPL-3.0-only", "gpl-3.0-ONLY"},
		{"", "GPL-*", "GPL-2.0-or-later", "GPL-*"},
		{"", "GPL-*", "LGPL-2.1-only", ""},
		{"", "GPL-*", "GPL-2.0-only OR MIT", ""},
		{"", "GPL-*", "MIT OR GPL-2.0-only", ""},
		{"", "GPL-*", "MIT AND GPL-2.0-only", "GPL-*"},
		{"", "GPL-*", "MIT AND (GPL-2.0-only OR BSD-3-Clause)", ""},
		{"", "GPL-*", "(MIT AND GPL-2.0-only) OR (GPL-3.0-only AND BSD-3-Clause)", "GPL-*"},
		{"", "GPL-*", "MIT OR BSD-3-Clause AND GPL-2.0-only", ""},
		{"MIT BSD-*", "", "BSD-3-Clause", ""},
		{"MIT BSD-*", "", "Apache-2.0", "not listed"},
		{"MIT BSD-*", "", "Apache-2.0 OR MIT", ""},
		{"MIT BSD-*", "BSD-4-Clause", "BSD-4-Clause", "BSD-4-Clause"},
		{"", "GPL-*", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-*"},
		{"*-with-Classpath-exception-*", "", "GPL-2.0-only", "not listed"},
		{"GPL-2.0-only", "", "GPL-2.0-only WITH Classpath-exception-2.0", ""},
		{"MIT", "", "see LICENSE.txt", "not listed"},
		{"", "GPL-*", "", ""},
		{"", "GPL-*", "((((", ""},
	} {
		p := LicensePolicy{Allow: placed(test.allow), Deny: placed(test.deny), Place: Place{File: "env.yaml", Line: 2}}
		got := ""
		if v := p.Judge(test.expression); v != nil {
			if got = v.Denied; got == "" {
				got = "not listed"
			}
		}
		if got != test.want {
			t.Errorf("allow %q, deny %q: %q: got %q, want %q", test.allow, test.deny, test.expression, got, test.want)
		}
	}
}

// TestUnknownLicense holds that an allow list must name "unknown" for packages that state no licence.
func TestUnknownLicense(t *testing.T) {
	if v := (&LicensePolicy{Deny: placed("GPL-*")}).JudgeUnknown(); v != nil {
		t.Errorf("a deny list says %s", v)
	}
	if v := (&LicensePolicy{Allow: placed("MIT"), Place: Place{File: "env.yaml", Line: 2}}).JudgeUnknown(); v == nil || v.String() != "which is not among the allowed ones (env.yaml:2)" {
		t.Errorf("an allow list says %v", v)
	}
	if v := (&LicensePolicy{Allow: placed("MIT unknown")}).JudgeUnknown(); v != nil {
		t.Errorf("a list that allows it says %s", v)
	}
}

// FuzzLicense holds that whatever a recipe calls its licence is judged, and the same whether there is an exception to a rule that nobody asked for.
func FuzzLicense(f *testing.F) {
	for _, seed := range []string{"MIT", "(A OR B) AND C", "GPL-2.0-only WITH x", ")(", "AND OR", "see LICENSE", "((((", "a OR", "WITH"} {
		f.Add(seed)
	}
	none, all := LicensePolicy{Deny: placed("*")}, LicensePolicy{Allow: placed("*")}
	f.Fuzz(func(t *testing.T, expression string) {
		if (&LicensePolicy{}).Judge(expression) != nil {
			t.Error("an empty policy is against it")
		}
		if strings.ContainsAny(expression, "/") {
			return // * does not match it, which no SPDX identifier holds
		}
		if none.Judge(expression) == nil {
			t.Error("nothing is denied")
		}
		if all.Judge(expression) != nil {
			t.Error("not all is allowed")
		}
	})
}
