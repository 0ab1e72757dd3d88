package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

var someTime = time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)

// ordinary is a small source tree as autotools projects have it.
func ordinary() []tar.Header {
	return []tar.Header{
		{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0123abcd"}},
		{Name: "pkg-1.0/", Typeflag: tar.TypeDir, Mode: 0o755, ModTime: someTime},
		{Name: "./pkg-1.0/configure", Typeflag: tar.TypeReg, Mode: 0o6755, ModTime: someTime.Add(2 * time.Hour), Size: 20},
		{Name: "pkg-1.0/configure.ac", Typeflag: tar.TypeReg, Mode: 0o444, ModTime: someTime.Add(time.Hour), Size: 10},
		{Name: "pkg-1.0/ro/", Typeflag: tar.TypeDir, Mode: 0o555, ModTime: someTime},
		{Name: "pkg-1.0/ro/data", Typeflag: tar.TypeReg, Mode: 0o666, ModTime: someTime, Size: 3},
		{Name: "pkg-1.0/deep/er/file.c", Typeflag: tar.TypeReg, Mode: 0o644, ModTime: someTime, Size: 4},
		{Name: "pkg-1.0/deep/up", Typeflag: tar.TypeSymlink, Linkname: "../ro/data"},
		{Name: "pkg-1.0/later", Typeflag: tar.TypeSymlink, Linkname: "deep/not-there"},
		{Name: "pkg-1.0/hard", Typeflag: tar.TypeLink, Linkname: "pkg-1.0/configure.ac"},
	}
}

func TestUnpackKeepsTimesModesAndLinksInEveryFormat(t *testing.T) {
	plain := makeTar(t, ordinary())
	for name, archive := range map[string][]byte{
		"tar": plain, "tar.gz": gz(t, plain), "tar.xz": viaXZ(t, plain), "tar.zst": viaZstd(t, plain),
		"tar.bz2": viaProgram(t, "bzip2", plain), "padded.tar.gz": append(gz(t, plain), make([]byte, 512)...),
	} {
		t.Run(name, func(t *testing.T) {
			if archive == nil {
				t.Skip("the compressor is not installed")
			}
			// The name lies on purpose: only the contents count.
			res, dest, err := unpackBytes(t, "wrong.zip", archive, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dest, "pkg-1.0"); res.SourceDir != want {
				t.Errorf("source dir %s, want %s", res.SourceDir, want)
			}
			checkOrdinary(t, res.SourceDir)
		})
	}
}

// Whatever the umask, nobody else may write to what is about to be built.
func TestOthersMayNotWrite(t *testing.T) {
	h := reg("p/x")
	h.Mode = 0o777
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	res, _, err := unpackBytes(t, "x", makeTar(t, []tar.Header{{Name: "p/", Typeflag: tar.TypeDir, Mode: 0o1777}, h}), Options{})
	must(t, err)
	for _, path := range []string{res.SourceDir, filepath.Join(res.SourceDir, "x")} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o755 || fi.Mode()&fs.ModeSticky != 0 {
			t.Errorf("%s: %v, %v", path, fi.Mode(), err)
		}
	}
}

func checkOrdinary(t *testing.T, dir string) {
	t.Helper()
	for name, want := range map[string]struct {
		mode  fs.FileMode
		mtime time.Time
	}{
		"configure":    {0o755, someTime.Add(2 * time.Hour)}, // setuid is gone
		"configure.ac": {0o644, someTime.Add(time.Hour)},     // writable for patch(1)
		"ro":           {fs.ModeDir | 0o755, someTime},
		"ro/data":      {0o644, someTime}, // not writable for others
	} {
		fi, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if fi.Mode() != want.mode || !fi.ModTime().Equal(want.mtime) {
			t.Errorf("%s: %v %v, want %v %v", name, fi.Mode(), fi.ModTime().UTC(), want.mode, want.mtime)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "deep/up")); err != nil || len(data) != 3 {
		t.Errorf("through the link: %q, %v", data, err)
	}
	a, _ := os.Stat(filepath.Join(dir, "hard"))
	b, _ := os.Stat(filepath.Join(dir, "configure.ac"))
	if !os.SameFile(a, b) {
		t.Error("the hard link is a file of its own")
	}
}

func TestUnpackXZInProcessAgreesWithProgram(t *testing.T) {
	res, _, err := unpackBytes(t, "a.tar.xz", viaXZ(t, makeTar(t, ordinary())), Options{XZ: "none"})
	if err != nil {
		t.Fatal(err)
	}
	checkOrdinary(t, res.SourceDir)
}

func TestUnpackZip(t *testing.T) {
	archive := makeZip(t, []zipFile{
		{"pkg-1.0/", fs.ModeDir | 0o755, ""},
		{"pkg-1.0/run.sh", 0o755, "#!/bin/sh\n"},
		{"pkg-1.0/link", fs.ModeSymlink | 0o777, "run.sh"},
	})
	res, _, err := unpackBytes(t, "x", archive, Options{})
	if err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(filepath.Join(res.SourceDir, "link"))
	if err != nil || fi.Mode().Perm() != 0o755 || !fi.ModTime().Equal(someTime) {
		t.Errorf("%v, %v", fi, err)
	}
}

func TestSourceDirNeedsASingleTopDirectory(t *testing.T) {
	for name, headers := range map[string][]tar.Header{
		"two directories": {reg("a/x"), reg("b/x")},
		"a file beside":   {reg("a/x"), reg("README")},
		"only a file":     {reg("README")},
	} {
		res, dest, err := unpackBytes(t, "x", makeTar(t, headers), Options{})
		if err != nil || res.SourceDir != dest {
			t.Errorf("%s: source dir %s, %v; want %s", name, res.SourceDir, err, dest)
		}
	}
}

func TestLaterFileOfTheSameNameWinsWithoutTouchingHardLinks(t *testing.T) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	put := func(h tar.Header, body string) {
		h.Size, h.Mode = int64(len(body)), 0o644
		must(t, w.WriteHeader(&h))
		io.WriteString(w, body)
	}
	put(tar.Header{Name: "p/a", Typeflag: tar.TypeReg}, "old")
	put(tar.Header{Name: "p/b", Typeflag: tar.TypeLink, Linkname: "p/a"}, "")
	put(tar.Header{Name: "p/a", Typeflag: tar.TypeReg}, "new")
	must(t, w.Close())
	res, _, err := unpackBytes(t, "x", buf.Bytes(), Options{})
	must(t, err)
	for name, want := range map[string]string{"a": "new", "b": "old"} {
		if got, _ := os.ReadFile(filepath.Join(res.SourceDir, name)); string(got) != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestFilesThatAreNoArchives(t *testing.T) {
	res, dest, err := unpackBytes(t, "fix.patch.gz", gz(t, []byte("--- a\n+++ b\n")), Options{})
	must(t, err)
	if got, _ := os.ReadFile(filepath.Join(dest, "fix.patch")); string(got) != "--- a\n+++ b\n" || res.Format != Gzip {
		t.Errorf("fix.patch is %q", got)
	}
	res, dest, err = unpackBytes(t, "tool.tar.gz", gz(t, makeTar(t, ordinary())), Options{Plain: true})
	must(t, err)
	if fi, err := os.Stat(filepath.Join(dest, "tool.tar.gz")); err != nil || fi.Size() != res.Bytes || res.SourceDir != dest {
		t.Errorf("expand: false gave %+v, %v", res, err)
	}
	for text, want := range map[string]string{
		"":                                "it is empty",
		"\n<!DOCTYPE html><title>404":     "web page",
		"version https://git-lfs.github.": "Git LFS",
		"LZIP\x01":                        "lzip",
		"what is this":                    "expand: false",
	} {
		_, _, err := unpackBytes(t, "x.tar.gz", []byte(text), Options{})
		var ue *Error
		if !errors.As(err, &ue) || ue.Reason != UnknownFormat || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", text, err, want)
		}
	}
}

func TestDamagedArchivesLeaveNothing(t *testing.T) {
	big := []tar.Header{{Name: "p/blob", Typeflag: tar.TypeReg, Size: 300_000, Mode: 0o644}, reg("p/after")}
	plain := makeTar(t, big)
	for name, whole := range map[string][]byte{
		"tar": plain, "gz": gz(t, plain), "xz": viaXZ(t, plain), "zst": viaZstd(t, plain), "bz2": viaProgram(t, "bzip2", plain),
	} {
		for _, opt := range []Options{{}, {XZ: "none"}} {
			_, dest, err := unpackBytes(t, "cut", whole[:len(whole)/2], opt)
			var ue *Error
			if !errors.As(err, &ue) || ue.Reason != Corrupt || ue.Reason.Unsafe() {
				t.Errorf("%s cut in half: error %v, want damaged", name, err)
			}
			assertEmpty(t, dest)
		}
	}
	flipped := gz(t, plain)
	flipped[len(flipped)-6] ^= 1 // in the stored CRC: every byte of the tar is right
	if _, _, err := unpackBytes(t, "crc", flipped, Options{}); err == nil {
		t.Error("a wrong gzip checksum went through")
	}
}

func TestDestinationMustBeEmpty(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644))
	archive := filepath.Join(t.TempDir(), "a.tar")
	must(t, os.WriteFile(archive, makeTar(t, ordinary()), 0o644))
	_, err := Unpack(context.Background(), archive, dir, Options{})
	var ue *Error
	if !errors.As(err, &ue) || ue.Reason != NotEmpty {
		t.Errorf("error %v, want not empty", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "mine")); err != nil {
		t.Error("the user's file is gone")
	}
}

func TestCancelledUnpackLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	archive := filepath.Join(t.TempDir(), "a.tar")
	must(t, os.WriteFile(archive, makeTar(t, ordinary()), 0o644))
	dest := filepath.Join(t.TempDir(), "d")
	if _, err := Unpack(ctx, archive, dest, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	if _, err := os.Stat(dest); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a destination that was not there before is left")
	}
}

func TestFutureTimesAreNotKept(t *testing.T) {
	h := reg("p/x")
	h.ModTime = time.Now().Add(10 * time.Hour)
	res, _, err := unpackBytes(t, "x", makeTar(t, []tar.Header{h}), Options{})
	must(t, err)
	if fi, _ := os.Stat(filepath.Join(res.SourceDir, "x")); fi.ModTime().After(time.Now()) {
		t.Errorf("mtime %v lies in the future", fi.ModTime())
	}
}

// Helpers.

func reg(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: 1, ModTime: someTime}
}

func makeTar(t testing.TB, headers []tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, h := range headers {
		must(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size)))
			must(t, err)
		}
	}
	must(t, w.Close())
	return buf.Bytes()
}

type zipFile struct {
	name string
	mode fs.FileMode
	body string
}

func makeZip(t testing.TB, files []zipFile) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: someTime}
		h.SetMode(f.mode)
		out, err := w.CreateHeader(h)
		must(t, err)
		io.WriteString(out, f.body)
	}
	must(t, w.Close())
	return buf.Bytes()
}

func gz(t testing.TB, data []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(data)
	must(t, w.Close())
	return buf.Bytes()
}

func viaXZ(t testing.TB, data []byte) []byte {
	var buf bytes.Buffer
	w, err := xz.NewWriter(&buf)
	must(t, err)
	w.Write(data)
	must(t, w.Close())
	return buf.Bytes()
}

func viaZstd(t testing.TB, data []byte) []byte {
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf)
	must(t, err)
	w.Write(data)
	must(t, w.Close())
	return buf.Bytes()
}

func viaProgram(t testing.TB, program string, data []byte) []byte {
	if _, err := exec.LookPath(program); err != nil {
		return nil
	}
	cmd := exec.Command(program, "-c")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	must(t, err)
	return out
}

func unpackBytes(t testing.TB, name string, data []byte, opt Options) (Result, string, error) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(archive, data, 0o644))
	dest := t.TempDir()
	res, err := Unpack(context.Background(), archive, dest, opt)
	return res, dest, err
}

func assertEmpty(t testing.TB, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
