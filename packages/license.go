package packages

import (
	"path"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec/dag"
)

// UnknownLicense stands in allow and deny lists for packages whose recipe states no licence.
const UnknownLicense = "unknown"

// LicensePolicy is one licenses section: which licences packages that berth installs may have. Of several sections each must be obeyed.
type LicensePolicy struct {
	// Allow holds SPDX identifiers, or patterns such as "BSD-*"; empty: all but those in Deny. UnknownLicense is one that may stand there.
	Allow []PlacedName
	Deny  []PlacedName // wins over Allow
	Place Place        // of the list allow, or of the section
}

// LicenseVerdict is what a policy says against a licence.
type LicenseVerdict struct {
	Denied string // the entry of the list deny that forbids it, "GPL-3.0-*"; "" if it is only missing in the list allow
	Place  Place  // of that entry, or of the list
}

// String is the end of a sentence: "which the configuration denies (env.yaml:7:10)".
func (v *LicenseVerdict) String() string {
	where := ""
	if place := v.Place.String(); place != "" {
		where = " (" + place + ")"
	}
	if v.Denied != "" {
		return "which is denied" + where
	}
	return "which is not among the allowed ones" + where
}

// Judge tells what the policy has against an SPDX expression; nil is nothing. Of alternatives (OR) one is enough, of parts (AND) all count.
func (p *LicensePolicy) Judge(expression string) *LicenseVerdict {
	parser := licenseParser{tokens: licenseTokens(expression), policy: p}
	return parser.or()
}

// JudgeUnknown is Judge for a package that states no licence.
func (p *LicensePolicy) JudgeUnknown() *LicenseVerdict { return p.judgeOne(UnknownLicense) }

// judgeOne judges one licence with its exception: "GPL-2.0-only WITH Classpath-exception-2.0". An entry without the exception covers it.
func (p *LicensePolicy) judgeOne(license string) *LicenseVerdict {
	if entry := findLicense(p.Deny, license); entry != nil {
		return &LicenseVerdict{Denied: entry.Name, Place: entry.Place}
	}
	if len(p.Allow) > 0 && findLicense(p.Allow, license) == nil {
		return &LicenseVerdict{Place: p.Place}
	}
	return nil
}

// findLicense finds the entry that covers a licence. SPDX identifiers do not distinguish upper and lower case.
func findLicense(list []PlacedName, license string) *PlacedName {
	license = strings.ToLower(license)
	base, _, _ := strings.Cut(license, " with ")
	i := slices.IndexFunc(list, func(n PlacedName) bool {
		pattern := strings.ToLower(n.Name)
		whole, _ := path.Match(pattern, license)
		part, _ := path.Match(pattern, base)
		return whole || part
	})
	if i < 0 {
		return nil
	}
	return &list[i]
}

// licenseTokens splits an SPDX expression into identifiers, operators and parentheses.
func licenseTokens(expression string) []string {
	return strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(expression))
}

// licenseParser judges an SPDX expression while it reads it: or = and {OR and}; and = one {AND one}; one = "(" or ")" | words. What is no
// expression, such as "see LICENSE.txt", is one licence of that name.
type licenseParser struct {
	tokens []string
	policy *LicensePolicy
}

func (p *licenseParser) next(word string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *licenseParser) or() *LicenseVerdict {
	verdict := p.and()
	for p.next("OR") {
		if other := p.and(); verdict != nil {
			verdict = other
		}
	}
	return verdict
}

func (p *licenseParser) and() *LicenseVerdict {
	verdict := p.one()
	for p.next("AND") {
		if other := p.one(); verdict == nil {
			verdict = other
		}
	}
	return verdict
}

func (p *licenseParser) one() *LicenseVerdict {
	if p.next("(") {
		verdict := p.or()
		p.next(")")
		return verdict
	}
	var words []string
	for len(p.tokens) > 0 && !slices.Contains([]string{"(", ")", "OR", "AND", "or", "and"}, p.tokens[0]) {
		words = append(words, p.tokens[0])
		p.tokens = p.tokens[1:]
	}
	return p.policy.judgeOne(strings.Join(words, " "))
}

// LicensesOf lists the licences that the recipe states for a package as it was built, in the recipe's order.
func LicensesOf(r *Recipe, n *dag.Node) []License {
	var list []License
	for _, l := range r.Licenses {
		if l.When.Holds(n) {
			list = append(list, l)
		}
	}
	return list
}
