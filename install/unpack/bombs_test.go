package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rawHeader is one tar header as it stands in a file, for what archive/tar does not write.
func rawHeader(name string, typ byte, size string, magic string) []byte {
	h := make([]byte, 512)
	copy(h[0:100], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:136], size)
	copy(h[136:], "00000000000\x00")
	h[156] = typ
	copy(h[257:], magic)
	copy(h[148:156], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

const (
	ustar = "ustar\x0000"
	gnu   = "ustar  \x00"
)

// padded fills a tar's contents up to a whole block.
func padded(data []byte) []byte { return append(data, make([]byte, (512-len(data)%512)%512)...) }

func paxRecord(key, value string) string {
	for n := len(key) + len(value) + 3; ; n++ {
		if r := fmt.Sprintf("%d %s=%s\n", n, key, value); len(r) == n {
			return r
		}
	}
}

// withPAX is a header with records before it.
func withPAX(h []byte, records ...string) []byte {
	text := strings.Join(records, "")
	out := append(rawHeader("PaxHeaders/x", 'x', fmt.Sprintf("%011o\x00", len(text)), ustar), padded([]byte(text))...)
	return append(out, h...)
}

func octal(n int) string { return fmt.Sprintf("%011o\x00", n) }

// base256 is a number as GNU tar writes those that octal digits cannot hold.
func base256(n uint64, first byte) string {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[4:], n)
	b[0] |= first
	return string(b)
}

func end() []byte { return make([]byte, 1024) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestRawTars are archives that no tar program writes. Whether such a one counts as unsafe or as damaged is all one: nothing of it stays, and
// nothing is built from it.
func TestRawTars(t *testing.T) {
	huge := uint64(1) << 50
	sparseMap := padded([]byte("1\n1125899906842624\n0\n")) // no data, at the end of a petabyte
	oldSparse := rawHeader("p/x", 'S', octal(0), gnu)
	copy(oldSparse[386:], octal(0)+octal(0))  // a map of one empty piece
	copy(oldSparse[483:], base256(huge, 128)) // the size that it claims
	copy(oldSparse[148:156], "        ")
	sum := 0
	for _, b := range oldSparse {
		sum += int(b)
	}
	copy(oldSparse[148:], fmt.Sprintf("%06o\x00 ", sum))
	for what, data := range map[string][]byte{
		"a petabyte declared":           rawHeader("p/x", '0', base256(huge, 128), gnu),
		"a negative size":               rawHeader("p/x", '0', base256(1, 255), gnu),
		"a size that overflows":         rawHeader("p/x", '0', "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", gnu),
		"a size that is no number":      rawHeader("p/x", '0', "12345abcdef\x00", ustar),
		"a size by a pax record":        withPAX(rawHeader("p/x", '0', octal(1), ustar), paxRecord("size", fmt.Sprint(huge))),
		"a negative pax size":           withPAX(rawHeader("p/x", '0', octal(1), ustar), paxRecord("size", "-5")),
		"a name by a pax record":        withPAX(rawHeader("p/x", '0', octal(0), ustar), paxRecord("path", "/tmp/owned")),
		"a parent by a pax record":      withPAX(rawHeader("p/x", '0', octal(0), ustar), paxRecord("path", "p/../../owned")),
		"a NUL in a pax name":           withPAX(rawHeader("p/x", '0', octal(0), ustar), paxRecord("path", "p/x\x00/../../owned")),
		"a link by a pax record":        withPAX(rawHeader("p/x", '2', octal(0), ustar), paxRecord("linkpath", "/etc/passwd")),
		"a pax record cut off":          withPAX(rawHeader("p/x", '0', octal(0), ustar), "99 path=x\n"),
		"a pax record of length zero":   withPAX(rawHeader("p/x", '0', octal(0), ustar), "0 path=x\n"),
		"a sparse file of a petabyte":   withPAX(cat(rawHeader("GNUSparseFile/x", '0', octal(len(sparseMap)), ustar), sparseMap), paxRecord("GNU.sparse.major", "1"), paxRecord("GNU.sparse.minor", "0"), paxRecord("GNU.sparse.name", "p/x"), paxRecord("GNU.sparse.realsize", fmt.Sprint(huge))),
		"the same in GNU's old way":     oldSparse,
		"a sparse file with a bad name": withPAX(cat(rawHeader("GNUSparseFile/x", '0', octal(512), ustar), padded([]byte("1\n0\n0\n"))), paxRecord("GNU.sparse.major", "1"), paxRecord("GNU.sparse.minor", "0"), paxRecord("GNU.sparse.name", "../../owned"), paxRecord("GNU.sparse.realsize", "10")),
		"a long name of a gigabyte":     rawHeader("././@LongLink", 'L', octal(1<<30), gnu),
		"a header with a wrong sum":     func() []byte { h := rawHeader("p/x", '0', octal(0), ustar); h[0] = 'q'; return h }(),
		"an absolute prefix":            func() []byte { h := rawHeader("x", '0', octal(0), ustar); copy(h[345:], "/tmp"); return resum(h) }(),
		"a parent as prefix":            func() []byte { h := rawHeader("x", '0', octal(0), ustar); copy(h[345:], "p/../.."); return resum(h) }(),
	} {
		t.Run(what, func(t *testing.T) {
			// Something harmless stands before it.
			archive := cat(makeTarWithoutEnd(t, reg("p/harmless")), data, end())
			around := t.TempDir()
			dest, file := filepath.Join(around, "dest"), filepath.Join(t.TempDir(), "evil.tar")
			must(t, os.WriteFile(file, archive, 0o644))
			_, err := Unpack(t.Context(), file, dest, Options{})
			var ue *Error
			if !errors.As(err, &ue) || !ue.Reason.Unsafe() && ue.Reason != Corrupt {
				t.Errorf("got %v, want that it is refused", err)
			}
			assertEmpty(t, around)
		})
	}
}

func resum(h []byte) []byte {
	copy(h[148:156], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

func makeTarWithoutEnd(t *testing.T, headers ...tar.Header) []byte {
	data := makeTar(t, headers)
	return data[:len(data)-1024]
}

// A global pax header speaks of all entries that follow. Its names and sizes are for nobody's use.
func TestGlobalHeaderNamesNothing(t *testing.T) {
	text := paxRecord("path", "/tmp/owned") + paxRecord("linkpath", "/etc")
	archive := cat(rawHeader("pax_global_header", 'g', octal(len(text)), ustar), padded([]byte(text)), makeTar(t, []tar.Header{reg("p/x")}))
	_, dest, err := unpackBytes(t, "global.tar", archive, Options{})
	must(t, err)
	if _, err := os.Stat(filepath.Join(dest, "p/x")); err != nil {
		t.Error(err)
	}
}

// TestProportion: what comes out of a small archive is bounded, whatever it is compressed with.
func TestProportion(t *testing.T) {
	for _, c := range []struct {
		size, bytes int64
		entries     int
	}{
		{0, harmlessBytes, harmlessCount}, {10 << 20, 2000 << 20, (10 << 20) / 32}, {100 << 20, 20000 << 20, (100 << 20) / 32}, {1 << 30, DefaultMaxBytes, DefaultMaxEntries}, {1 << 60, DefaultMaxBytes, DefaultMaxEntries},
	} {
		if o := (Options{}).withDefaults(c.size); o.MaxBytes != c.bytes || o.MaxEntries != c.entries {
			t.Errorf("%d bytes: %d bytes, %d entries; want %d, %d", c.size, o.MaxBytes, o.MaxEntries, c.bytes, c.entries)
		}
	}
	if o := (Options{Plain: true}).withDefaults(5 << 30); o.MaxBytes != DefaultMaxBytes {
		t.Errorf("a file that is copied: %d", o.MaxBytes)
	}
}

// TestManyEntries is a small archive of more files than anybody's quota has.
func TestManyEntries(t *testing.T) {
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	for range harmlessCount + 1 { // one name for all, so that the test itself makes no files
		must(t, w.WriteHeader(&tar.Header{Name: "p/d/", Typeflag: tar.TypeDir, Mode: 0o755}))
	}
	must(t, w.Close())
	archive := viaZstd(t, plain.Bytes())
	if len(archive)/minPerEntry > harmlessCount {
		t.Fatalf("the archive has %d bytes: it is not small", len(archive))
	}
	_, dest, err := unpackBytes(t, "many.tar.zst", archive, Options{})
	checkRefused(t, err, TooLarge)
	assertEmpty(t, dest)
}

// TestRawZips are zip files that no program writes.
func TestRawZips(t *testing.T) {
	whole := makeZip(t, []zipFile{{"p/a", 0o644, strings.Repeat("contents", 100)}, {"p/b", 0o644, "more"}})
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	change := func(f func(b []byte)) []byte {
		b := bytes.Clone(whole)
		f(b)
		return b
	}
	var badMethod bytes.Buffer
	w := zip.NewWriter(&badMethod)
	_, err := w.CreateRaw(&zip.FileHeader{Name: "p/a", Method: 99, UncompressedSize64: 10})
	must(t, err)
	must(t, w.Close())
	for what, data := range map[string][]byte{
		"cut off":                      whole[:len(whole)-30],
		"without its directory":        whole[:directory],
		"a size that is too small":     change(func(b []byte) { binary.LittleEndian.PutUint32(b[directory+24:], 3) }),
		"a size that is too large":     change(func(b []byte) { binary.LittleEndian.PutUint32(b[directory+24:], 1<<20) }),
		"a wrong checksum":             change(func(b []byte) { b[directory+16] ^= 1 }),
		"a start beyond the end":       change(func(b []byte) { binary.LittleEndian.PutUint32(b[directory+42:], 1<<30) }),
		"entries that overlap":         change(func(b []byte) { binary.LittleEndian.PutUint32(b[bytes.LastIndex(b, []byte("PK\x01\x02"))+42:], 0) }),
		"an unknown compression":       badMethod.Bytes(),
		"a NUL in a name":              makeZip(t, []zipFile{{"p/a\x00/../../b", 0o644, "x"}}),
		"an empty name":                makeZip(t, []zipFile{{"", 0o644, "x"}}),
		"a file used as a directory":   makeZip(t, []zipFile{{"p", 0o644, "x"}, {"p/x", 0o644, "x"}}),
		"more files in it than it has": change(func(b []byte) { binary.LittleEndian.PutUint16(b[len(b)-12:], 60000) }),
	} {
		t.Run(what, func(t *testing.T) {
			_, dest, err := unpackBytes(t, "evil.zip", data, Options{})
			var ue *Error
			if !errors.As(err, &ue) || !ue.Reason.Unsafe() && ue.Reason != Corrupt {
				t.Errorf("got %v, want that it is refused", err)
			}
			assertEmpty(t, dest)
		})
	}
}

// Names are bytes: what is no UTF-8 is kept as it is, and is a file like any other. Names that differ only by case are two.
func TestOddNames(t *testing.T) {
	names := []string{"p/caf\xe9", "p/README", "p/readme", "p/two\nlines", "p/back\\slash", "p/-rf", "p/\x1b[31m"}
	var headers []tar.Header
	for _, n := range names {
		headers = append(headers, reg(n))
	}
	_, dest, err := unpackBytes(t, "odd.tar", makeTar(t, headers), Options{})
	must(t, err)
	for _, n := range names {
		if _, err := os.Stat(filepath.Join(dest, n)); err != nil {
			t.Error(err)
		}
	}
}

// An xz file may ask for more memory than a node has.
func TestXZThatWantsTheMemory(t *testing.T) {
	if findXZ("") == "" {
		t.Skip("no xz program")
	}
	header := []byte("\xfd7zXZ\x00\x00\x01\x69\x22\xde\x36") // no check
	block := []byte{2, 0, 0x21, 1, 40, 0, 0, 0}              // LZMA2, a dictionary of 4 GiB
	archive := cat(header, block, binary.LittleEndian.AppendUint32(nil, crc(block)), make([]byte, 64))
	_, dest, err := unpackBytes(t, "greedy.tar.xz", archive, Options{})
	var ue *Error
	if !errors.As(err, &ue) || ue.Reason != Corrupt || !strings.Contains(strings.ToLower(err.Error()), "memory usage limit") {
		t.Errorf("got %v", err)
	}
	assertEmpty(t, dest)
}

func crc(b []byte) uint32 { return crc32.ChecksumIEEE(b) }
