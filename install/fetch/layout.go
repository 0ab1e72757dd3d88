package fetch

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// Mirrors and the cache have the layout of Spack's mirrors, so that a site's
// mirror serves both, and any cache can be published as a mirror:
//
//	_source-cache/archive/<first two digits>/<sha256>.<ext>
//	<name>/<name>-<version>.<ext>
//
// The second is for people; the cache has only the first.

// cachePath is a file's place below the root of the cache or of a mirror.
func cachePath(sha256, ext string) string {
	return path.Join("_source-cache", "archive", sha256[:2], dotted(sha256, ext))
}

// CachePath is where a mirror's root has the file, for those that fill mirrors.
func CachePath(src Source) (string, error) {
	src, err := src.checked()
	if err != nil {
		return "", err
	}
	return cachePath(src.SHA256, src.Ext), nil
}

// mirrorPaths are the places where a mirror may have the file, likeliest first.
func mirrorPaths(src Source) []string {
	paths := []string{cachePath(src.SHA256, src.Ext)}
	named := src.Name != "" && src.Version != "" && !strings.ContainsAny(src.Name+src.Version, "/\x00")
	exts := append([]string{src.Ext}, extAliases[src.Ext]...)
	if named {
		for _, ext := range exts {
			paths = append(paths, path.Join(src.Name, dotted(src.Name+"-"+src.Version, ext)))
		}
	}
	for _, ext := range append(exts[1:], "") { // patches are kept without an extension
		paths = append(paths, cachePath(src.SHA256, ext))
	}
	slices.Sort(paths[min(len(paths), 2):]) // so that Compact finds every double
	return slices.Compact(paths)
}

func dotted(name, ext string) string {
	if ext == "" {
		return name
	}
	return name + "." + ext
}

var extAliases = map[string][]string{
	"tgz": {"tar.gz"}, "tar.gz": {"tgz"},
	"tbz2": {"tar.bz2"}, "tbz": {"tar.bz2"}, "tar.bz2": {"tbz2"},
	"txz": {"tar.xz"}, "tar.xz": {"txz"},
}

var compressions = []string{"gz", "bz2", "xz", "zst", "lz", "Z"}

var knownExts = []string{"tgz", "tbz2", "tbz", "txz", "tar", "zip", "jar", "whl", "patch", "diff", "sh", "run", "rpm", "deb", "7z", "gem", "c", "h", "py", "txt"}

// extOf gives the extension of a URL's last part. Forges hide the name in the
// query or in an inner part ("/download", "?format=raw"), so parts are tried
// from the last.
func extOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	parts := strings.Split(u.Path, "/")
	for _, values := range u.Query() {
		parts = append([]string{}, append(values, parts...)...)
	}
	slices.Reverse(parts)
	for _, part := range parts {
		if ext := extOfName(part); ext != "" {
			return ext
		}
	}
	return ""
}

func extOfName(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return ""
	}
	ext := name[dot+1:]
	if slices.Contains(compressions, ext) {
		stem := name[:dot]
		for _, inner := range []string{"tar", "patch", "diff"} {
			if strings.HasSuffix(stem, "."+inner) {
				return inner + "." + ext
			}
		}
		return ext
	}
	if slices.Contains(knownExts, ext) {
		return ext
	}
	return ""
}
