package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec/dag"
)

// BuildDigest is the digest (sha256, hex) of all that building n from its recipe depends on and n's own attributes do not say: the
// digests of its source, resources and patches, how they are applied, and the builder's canonical text. It becomes dag.Attrs.PackageHash, so
// it does not look at n's. Comments, descriptions and layout of the recipe do not count.
func BuildDigest(r *Recipe, n *dag.Node) (string, error) {
	if r.Builder == nil {
		return "", fmt.Errorf("%s: %s cannot be built: %s", r.Place, r.Name, r.ExternalOnly)
	}
	source, err := r.SourceFor(n)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("berth build 1\n")
	writeSource(&b, "source", source.SHA256, source.Git)
	if !source.Expand {
		b.WriteString("unexpanded\n")
	}
	for _, res := range r.ResourcesFor(n) {
		writeSource(&b, "resource "+res.Destination, res.SHA256, res.Git)
		for _, from := range slices.Sorted(maps.Keys(res.Placement)) {
			fmt.Fprintf(&b, "place %q %q\n", from, res.Placement[from])
		}
	}
	for _, p := range r.PatchesFor(n) {
		fmt.Fprintf(&b, "patch %s %d %t %q\n", p.SHA256, p.Level, p.Reverse, p.WorkingDir)
	}
	text, err := r.Builder.Canonical(n)
	if err != nil {
		return "", fmt.Errorf("plan the build of %s: %w", n, err)
	}
	b.Write(text)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:]), nil
}

func writeSource(b *strings.Builder, what, sha string, git *GitSource) {
	if git != nil {
		// A commit is content; a tag or a branch is pinned by nothing, so its address is what can be said.
		if git.Commit != "" {
			fmt.Fprintf(b, "%s git %s %t\n", what, git.Commit, git.Submodules)
		} else if git.Ref != "" {
			fmt.Fprintf(b, "%s git %s ref %q %t\n", what, git.URL, git.Ref, git.Submodules)
		} else {
			fmt.Fprintf(b, "%s git %s %q %q %t\n", what, git.URL, git.Tag, git.Branch, git.Submodules)
		}
		return
	}
	fmt.Fprintf(b, "%s sha256 %s\n", what, sha)
}
