package unpack

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzUnpack feeds arbitrary bytes. Whatever they are: nothing may appear beside
// the destination, no link in it may resolve to the outside, and after an error
// it is empty.
func FuzzUnpack(f *testing.F) {
	f.Add(makeTar(f, ordinary()))
	f.Add(gz(f, makeTar(f, ordinary())))
	f.Add(makeZip(f, []zipFile{{"a/b", 0o644, "x"}, {"a/l", fs.ModeSymlink | 0o777, "b"}}))
	for _, tt := range hostileTars {
		f.Add(makeTar(f, tt.entries))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkConfined(t, data) })
}

// FuzzTree is FuzzUnpack without the archive's framing, so that the fuzzer
// spends its time on combinations of names: one entry a line, "f NAME",
// "d NAME", "s NAME TARGET" or "h NAME TARGET".
func FuzzTree(f *testing.F) {
	f.Add("d p\ns p/here .\ns p/x here/here/../..\nf p/y")
	f.Add("f p/a\nh p/b p/a\ns p/c b\nf p/c")
	f.Add("s x a/b\nd a\ns a/b ../..\nd q/r/s\ns q/r/t ../../x")
	f.Fuzz(func(t *testing.T, script string) {
		var headers []tar.Header
		for line := range strings.Lines(script) {
			fields := strings.Fields(line)
			if len(fields) < 2 || len(headers) > 50 {
				continue
			}
			h := tar.Header{Name: fields[1], Mode: 0o644, Typeflag: map[string]byte{
				"f": tar.TypeReg, "d": tar.TypeDir, "s": tar.TypeSymlink, "h": tar.TypeLink}[fields[0]]}
			if len(fields) > 2 && h.Typeflag != tar.TypeReg {
				h.Linkname = fields[2]
			}
			if h.Typeflag == 0 || strings.ContainsRune(script, 0) {
				return
			}
			if tar.NewWriter(io.Discard).WriteHeader(&h) != nil {
				continue // not to be put into a tar at all
			}
			headers = append(headers, h)
		}
		checkConfined(t, makeTar(t, headers))
	})
}

func checkConfined(t *testing.T, data []byte) {
	around, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	archive, dest := filepath.Join(around, "a"), filepath.Join(around, "dest")
	must(t, os.WriteFile(archive, data, 0o644))
	must(t, os.Mkdir(dest, 0o755))
	_, unpackErr := Unpack(t.Context(), archive, dest, Options{MaxBytes: 1 << 20, MaxEntries: 1000, XZ: "none"})
	if unpackErr != nil {
		assertEmpty(t, dest)
	}
	if names, _ := os.ReadDir(around); len(names) != 2 {
		t.Fatalf("written beside the destination: %v", names)
	}
	must(t, filepath.WalkDir(dest, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		real, err := filepath.EvalSymlinks(path)
		if err == nil && real != dest && !strings.HasPrefix(real, dest+"/") {
			t.Errorf("%s leads to %s", path, real)
		}
		return nil
	}))
}
