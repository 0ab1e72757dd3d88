package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkUnpack unpacks 2,000 files of C-like text, 24 MB together. Set
// UNPACK_ARCHIVE to measure a real source archive as well.
func BenchmarkUnpack(b *testing.B) {
	plain := benchTar(b)
	run := func(name string, data []byte, opt Options) {
		if data == nil {
			return
		}
		archive := filepath.Join(b.TempDir(), "a")
		must(b, os.WriteFile(archive, data, 0o644))
		b.Run(name, func(b *testing.B) { benchArchive(b, archive, opt) })
	}
	run("tar", plain, Options{})
	run("gzip", gz(b, plain), Options{})
	run("bzip2", viaProgram(b, "bzip2", plain), Options{})
	run("zstd", viaZstd(b, plain), Options{})
	run("xz-program", viaProgram(b, "xz", plain), Options{})
	run("xz-library", viaProgram(b, "xz", plain), Options{XZ: "none"})
	if real := os.Getenv("UNPACK_ARCHIVE"); real != "" {
		b.Run("real", func(b *testing.B) { benchArchive(b, real, Options{}) })
	}
}

func benchArchive(b *testing.B, archive string, opt Options) {
	top := b.TempDir()
	for i := 0; b.Loop(); i++ {
		dest := filepath.Join(top, fmt.Sprint(i))
		res, err := Unpack(context.Background(), archive, dest, opt)
		must(b, err)
		b.SetBytes(res.Bytes)
		b.StopTimer()
		os.RemoveAll(dest)
		b.StartTimer()
	}
}

func benchTar(b *testing.B) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := []string{"static ", "int ", "double ", "return ", "for (", "i < n; ", "a[i] ", "+= ", "b->next;\n", "}\n"}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := range 2000 {
		var body bytes.Buffer
		for body.Len() < 12_000 {
			body.WriteString(words[rnd.IntN(len(words))])
			fmt.Fprintf(&body, "%x ", rnd.IntN(1<<16))
		}
		h := tar.Header{Name: fmt.Sprintf("p/src%d/module%d/f%d.c", i/400, i/50, i), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(body.Len()), ModTime: someTime}
		must(b, w.WriteHeader(&h))
		w.Write(body.Bytes())
	}
	must(b, w.Close())
	return buf.Bytes()
}
