package unpack

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func link(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target, Mode: 0o777}
}

func hard(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target, Mode: 0o644}
}

func dir(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}

func special(name string, typ byte) tar.Header {
	return tar.Header{Name: name, Typeflag: typ, Mode: 0o644}
}

func pax(h tar.Header, key, value string) tar.Header {
	h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{key: value}
	return h
}

var hostileTars = []struct {
	what    string
	entries []tar.Header
	reason  Reason
	opt     Options
}{
	{"absolute name", []tar.Header{reg("/tmp/owned")}, AbsoluteName, Options{}},
	{"absolute directory", []tar.Header{dir("/")}, AbsoluteName, Options{}},
	{"parent name", []tar.Header{reg("../owned")}, ParentName, Options{}},
	{"parent in the middle", []tar.Header{reg("p/../../owned")}, ParentName, Options{}},
	{"parent that stays inside", []tar.Header{reg("p/../owned")}, ParentName, Options{}},
	{"parent at the end", []tar.Header{dir("p/..")}, ParentName, Options{}},
	{"absolute link", []tar.Header{link("p/x", "/etc/passwd")}, LinkEscapes, Options{}},
	{"link to the parent", []tar.Header{link("x", "..")}, LinkEscapes, Options{}},
	{"link out of a subdirectory", []tar.Header{link("p/x", "../../y")}, LinkEscapes, Options{}},
	{"link through what is not there", []tar.Header{link("p/x", "a/b/../../../../y")}, LinkEscapes, Options{}},
	{"link out by way of a link", []tar.Header{link("p/here", "."), link("p/x", "here/here/here/../../..")}, LinkEscapes, Options{}},
	{"the same, the way made later", []tar.Header{link("p/x", "a/b/../../../p"), dir("p/q/"), link("p/a", "q"), link("p/q/b", "../..")}, LinkEscapes, Options{}},
	{"write through a link", []tar.Header{dir("p/real/"), link("p/l", "real"), reg("p/l/file")}, ThroughLink, Options{}},
	{"directory through a link", []tar.Header{dir("p/real/"), link("p/l", "real"), dir("p/l/sub/")}, ThroughLink, Options{}},
	{"link through a link", []tar.Header{dir("p/real/"), link("p/l", "real"), link("p/l/sub/x", "y")}, ThroughLink, Options{}},
	{"hard link through a link", []tar.Header{reg("p/f"), dir("p/real/"), link("p/l", "real"), hard("p/l/x", "p/f")}, ThroughLink, Options{}},
	{"file on a link", []tar.Header{link("p/l", "elsewhere"), reg("p/l")}, KindChanged, Options{}},
	{"link on a directory", []tar.Header{dir("p/d/"), reg("p/d/x"), link("p/d", "q")}, KindChanged, Options{}},
	{"link on an implicit directory", []tar.Header{reg("p/d/x"), link("p/d", "q")}, KindChanged, Options{}},
	{"link on the destination", []tar.Header{link("./", "q")}, KindChanged, Options{}},
	{"directory on a link", []tar.Header{link("p/d", "q"), dir("p/d/")}, KindChanged, Options{}},
	{"directory on a file", []tar.Header{reg("p/d"), dir("p/d/")}, KindChanged, Options{}},
	{"file used as a directory", []tar.Header{reg("p/d"), reg("p/d/x")}, KindChanged, Options{}},
	{"hard link to the outside", []tar.Header{hard("p/x", "/etc/passwd")}, LinkEscapes, Options{}},
	{"hard link to the parent", []tar.Header{hard("p/x", "../../etc/passwd")}, LinkEscapes, Options{}},
	{"hard link to nothing", []tar.Header{hard("p/x", "p/y")}, MissingTarget, Options{}},
	{"hard link to a directory", []tar.Header{dir("p/d/"), hard("p/x", "p/d")}, MissingTarget, Options{}},
	{"hard link through a link", []tar.Header{reg("p/real/f"), link("p/l", "real"), hard("p/x", "p/l/f")}, MissingTarget, Options{}},
	{"hard link to a link, moved up", []tar.Header{link("p/a/b/l", "../../../f"), hard("l", "p/a/b/l")}, LinkEscapes, Options{}},
	{"device", []tar.Header{special("p/null", tar.TypeChar)}, SpecialFile, Options{}},
	{"block device", []tar.Header{special("p/sda", tar.TypeBlock)}, SpecialFile, Options{}},
	{"pipe", []tar.Header{special("p/fifo", tar.TypeFifo)}, SpecialFile, Options{}},
	{"too many bytes", []tar.Header{reg("p/a"), reg("p/b"), reg("p/c")}, TooLarge, Options{MaxBytes: 2}},
	{"too many entries", []tar.Header{reg("p/a"), reg("p/b"), reg("p/c")}, TooLarge, Options{MaxEntries: 2}},
	{"empty link", []tar.Header{link("p/x", "")}, BadName, Options{}},
	{"name too long", []tar.Header{reg("p/" + strings.Repeat("n", 256))}, BadName, Options{}},
	{"too deep", []tar.Header{reg(strings.Repeat("d/", 250) + "x")}, BadName, Options{}},
	{"too deep a directory", []tar.Header{dir(strings.Repeat("d/", 250))}, BadName, Options{}},
	{"volume of several", []tar.Header{special("p/x", 'M')}, SpecialFile, Options{}},
	{"dump of a directory", []tar.Header{special("p/x", 'D')}, SpecialFile, Options{}},
	{"unknown type", []tar.Header{special("p/x", 'Z')}, SpecialFile, Options{}},
	{"absolute by a pax header", []tar.Header{pax(reg("p/x"), "comment", "x"), {Name: "/" + strings.Repeat("long/", 60) + "x", Typeflag: tar.TypeReg, Mode: 0o644, Format: tar.FormatPAX}}, AbsoluteName, Options{}},
	{"parent by a pax header", []tar.Header{{Name: "p/" + strings.Repeat("long/", 60) + "../../x", Typeflag: tar.TypeReg, Mode: 0o644, Format: tar.FormatPAX}}, ParentName, Options{}},
	{"parent by a GNU long name", []tar.Header{{Name: "../" + strings.Repeat("long/", 60) + "x", Typeflag: tar.TypeReg, Mode: 0o644, Format: tar.FormatGNU}}, ParentName, Options{}},
	{"long link by a GNU header", []tar.Header{{Name: "p/x", Typeflag: tar.TypeSymlink, Linkname: strings.Repeat("../", 60) + "etc", Format: tar.FormatGNU}}, LinkEscapes, Options{}},
	{"long link by a pax header", []tar.Header{{Name: "p/x", Typeflag: tar.TypeSymlink, Linkname: strings.Repeat("../", 60) + "etc", Format: tar.FormatPAX}}, LinkEscapes, Options{}},
	{"path too long", []tar.Header{reg(strings.Repeat("dir/", 1200) + "x")}, BadName, Options{}},
}

func TestHostileTars(t *testing.T) {
	for _, tt := range hostileTars {
		t.Run(tt.what, func(t *testing.T) {
			// A harmless entry first: it must not survive either.
			archive := makeTar(t, append([]tar.Header{dir("p/")}, tt.entries...))
			around := t.TempDir()
			dest := filepath.Join(around, "dest")
			must(t, os.Mkdir(dest, 0o755))
			file := filepath.Join(t.TempDir(), "evil.tar")
			must(t, os.WriteFile(file, gz(t, archive), 0o644))

			_, err := Unpack(t.Context(), file, dest, tt.opt)
			checkRefused(t, err, tt.reason)
			assertEmpty(t, dest)
			if names, _ := os.ReadDir(around); len(names) != 1 {
				t.Errorf("something was written beside the destination: %v", names)
			}
		})
	}
}

func TestHostileZips(t *testing.T) {
	for _, tt := range []struct {
		what   string
		files  []zipFile
		reason Reason
	}{
		{"absolute name", []zipFile{{"/tmp/owned", 0o644, "x"}}, AbsoluteName},
		{"parent name", []zipFile{{"p/../../owned", 0o644, "x"}}, ParentName},
		{"backslashes", []zipFile{{`..\owned`, 0o644, "x"}}, BadName},
		{"absolute link", []zipFile{{"x", fs.ModeSymlink | 0o777, "/etc"}}, LinkEscapes},
		{"write through a link", []zipFile{{"d/", fs.ModeDir | 0o755, ""}, {"l", fs.ModeSymlink | 0o777, "d"}, {"l/x", 0o644, ""}}, ThroughLink},
		{"pipe", []zipFile{{"fifo", fs.ModeNamedPipe | 0o644, ""}}, SpecialFile},
		{"bomb", []zipFile{{"zeros", 0o644, strings.Repeat("\x00", 1<<20)}}, TooLarge},
		{"long link", []zipFile{{"x", fs.ModeSymlink | 0o777, strings.Repeat("a/", 3000)}}, BadName},
	} {
		t.Run(tt.what, func(t *testing.T) {
			_, dest, err := unpackBytes(t, "evil.zip", makeZip(t, tt.files), Options{MaxBytes: 1 << 19})
			checkRefused(t, err, tt.reason)
			assertEmpty(t, dest)
		})
	}
}

// A compressed file that is no tar is written as it comes, so only the limit
// stands between a few bytes and a full disk.
func TestBombsOfOneFile(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for _, archive := range [][]byte{gz(t, zeros), viaXZ(t, zeros), viaZstd(t, zeros)} {
		_, dest, err := unpackBytes(t, "bomb", archive, Options{MaxBytes: 1000})
		checkRefused(t, err, TooLarge)
		assertEmpty(t, dest)
	}
}

func checkRefused(t *testing.T, err error, want Reason) {
	t.Helper()
	var ue *Error
	if !errors.As(err, &ue) {
		t.Fatalf("error %v, want an *Error", err)
	}
	if ue.Reason != want {
		t.Errorf("reason %q, want %q (%v)", ue.Reason, want, err)
	}
	if !ue.Reason.Unsafe() || ue.Entry == "" || ue.Archive == "" {
		t.Errorf("error does not name archive and entry, or is not unsafe: %#v", ue)
	}
}
