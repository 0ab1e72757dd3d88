package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// Fingerprint is the digest of an external as it stands on the machine: what it claims to be, and the content of the
// files that its attributes name (compilers, wrappers, launcher, library). It changes when one of them is replaced, however
// alike their times are, and is equal on machines that have the same files at the same places: "sha256:...".
func Fingerprint(e packages.External) string { return fingerprint(Machine{}, e) }

func fingerprint(sys System, e packages.External) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%q\n", e.Spec, e.Prefix, e.Modules)
	for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
		value := e.Attributes[key]
		fmt.Fprintf(h, "%q %q", key, value)
		if filepath.IsAbs(value) {
			fmt.Fprintf(h, " %s", content(sys, value))
		}
		fmt.Fprintln(h)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// content is a file's place, all links followed, and digest; a list of directories has none.
func content(sys System, path string) string {
	real, err := sys.EvalSymlinks(path)
	if err != nil {
		return "missing"
	}
	if info, err := sys.Stat(real); err == nil && info.Dir {
		return real
	}
	data, err := sys.ReadFile(real)
	if err != nil {
		return real + " unreadable"
	}
	return fmt.Sprintf("%s %x", real, sha256.Sum256(data))
}

// Gone lists the files of an external that are not there: its prefix, its programs. Modules may bring them, so of an external that has some none is named.
func Gone(sys System, x packages.External) []string {
	if len(x.Modules) > 0 {
		return nil
	}
	var paths []string
	for key, value := range x.Attributes {
		if !strings.HasPrefix(key, "environment.") { // variables for builds, of which the site knows whether they lead anywhere
			paths = append(paths, value)
		}
	}
	slices.Sort(paths)
	var gone []string
	for _, path := range append([]string{x.Prefix}, paths...) {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, ": ") || slices.Contains(gone, path) {
			continue // a list of directories, or flags
		}
		if _, err := sys.Stat(path); err != nil {
			gone = append(gone, path)
		}
	}
	return gone
}
