package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Format is what an archive was recognised as.
type Format string

const (
	Tar   Format = "tar"
	Gzip  Format = "gzip"
	Bzip2 Format = "bzip2"
	XZ    Format = "xz"
	Zstd  Format = "zstd"
	Zip   Format = "zip"
	Plain Format = "plain" // copied as it is
)

const (
	headSize   = 512 // a tar header
	bufferSize = 256 << 10
)

var magics = []struct {
	prefix string
	format Format
	what   string // for formats that are recognised only to name them
}{
	{"\x1f\x8b", Gzip, ""},
	{"BZh", Bzip2, ""},
	{"\xfd7zXZ\x00", XZ, ""},
	{"\x28\xb5\x2f\xfd", Zstd, ""},
	{"PK\x03\x04", Zip, ""},
	{"PK\x05\x06", Zip, ""},
	{"\x1f\x9d", "", "a .Z file of compress(1)"},
	{"LZIP", "", "an lzip file"},
	{"7z\xbc\xaf\x27\x1c", "", "a 7-zip archive"},
	{"\xed\xab\xee\xdb", "", "an RPM package"},
	{"!<arch>\n", "", "an ar archive or a Debian package"},
	{"Rar!", "", "a RAR archive"},
	{"\x7fELF", "", "an ELF program or library"},
	{"version https://git-lfs", "", "a Git LFS pointer, not the file itself"},
	{"#!", "", "a script"},
}

// detect names the format of a file that begins with head; for an unknown one,
// what the file looks like instead.
func detect(head []byte) (Format, string) {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			if m.format == "" {
				return "", "it is " + m.what
			}
			return m.format, ""
		}
	}
	text := strings.ToLower(string(bytes.TrimSpace(head)))
	switch {
	case isTarHeader(head):
		return Tar, ""
	case len(head) == 0:
		return "", "it is empty"
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "", "it is a web page (a log-in or error page in place of the file)"
	}
	return "", ""
}

// isTarHeader verifies the header checksum, which every tar flavour has, those
// from before "ustar" included. POSIX pax(1), "ustar Interchange Format".
func isTarHeader(head []byte) bool {
	if len(head) < headSize {
		return false
	}
	field := strings.Trim(string(head[148:156]), " \x00")
	want, err := strconv.ParseInt(field, 8, 64)
	if err != nil {
		return false
	}
	var unsigned, signed int64
	for i, b := range head[:headSize] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		unsigned += int64(b)
		signed += int64(int8(b)) // historic tars summed signed bytes
	}
	return want == unsigned || want == signed
}

// A decompressor is a decoder with an end that can be asked how it went.
type decompressor struct {
	io.Reader
	close   func()
	wait    func() error       // external decoder: its exit status
	stderr  *bytes.Buffer      // external decoder: what it said
	lenient func(error) bool   // errors to overlook behind the end of the tar
	cancel  context.CancelFunc // external decoder: end it
}

func newDecompressor(ctx context.Context, f *os.File, format Format, xzProgram string) (*decompressor, error) {
	// The xz library reads single bytes; without a buffer each is a system call.
	src := bufio.NewReaderSize(ctxReader{ctx, f}, bufferSize)
	switch format {
	case Gzip:
		r, err := gzip.NewReader(src)
		if err != nil {
			return nil, err
		}
		// gzip(1) warns about bytes behind the last member and goes on; tarballs
		// padded to a block size exist.
		return &decompressor{Reader: r, lenient: func(err error) bool { return errors.Is(err, gzip.ErrHeader) }}, nil
	case Bzip2:
		return &decompressor{Reader: bzip2.NewReader(src)}, nil
	case Zstd:
		r, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(2<<30))
		if err != nil {
			return nil, err
		}
		return &decompressor{Reader: r, close: r.Close}, nil
	case XZ:
		if program := findXZ(xzProgram); program != "" {
			return startXZ(ctx, program, f)
		}
		r, err := xz.NewReader(src)
		if err != nil {
			return nil, err
		}
		return &decompressor{Reader: r}, nil
	}
	return nil, fmt.Errorf("no decoder for %s", format)
}

// findXZ prefers the xz program: it decodes several times as fast as the Go
// library (see BenchmarkUnpack) and runs beside us on a second core.
func findXZ(program string) string {
	if program == "none" {
		return ""
	}
	if program != "" {
		return program
	}
	path, err := exec.LookPath("xz")
	if err != nil {
		return ""
	}
	return path
}

func startXZ(ctx context.Context, program string, f *os.File) (*decompressor, error) {
	ctx, cancel := context.WithCancel(ctx)
	// What xz -9 makes needs 65 MiB; a header may ask for 4 GiB.
	cmd := exec.CommandContext(ctx, program, "--decompress", "--stdout", "--memlimit-decompress=1GiB")
	cmd.Stdin = f // f's offset is still 0: detection used ReadAt
	// XZ_OPT and XZ_DEFAULTS of the user could change what the program does.
	cmd.Env = []string{"LC_ALL=C"}
	stderr := new(bytes.Buffer)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return &decompressor{Reader: out, wait: cmd.Wait, stderr: stderr, cancel: cancel}, nil
}

// drain reads to the end and reports a late error of the decoder.
func (d *decompressor) drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, io.LimitReader(r, 1<<30))
	if err != nil && (d.lenient == nil || !d.lenient(err)) {
		return err
	}
	if d.wait == nil {
		return nil
	}
	wait := d.wait
	d.wait = nil
	if err := wait(); err != nil {
		return d.explain(err)
	}
	return nil
}

// explain adds what an external decoder said to an error that it caused.
func (d *decompressor) explain(err error) error {
	if d.stderr == nil {
		return err
	}
	if d.wait != nil { // stderr is complete only then
		d.cancelAndWait()
	}
	if said := strings.TrimSpace(d.stderr.String()); said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

func (d *decompressor) cancelAndWait() {
	if c, ok := d.Reader.(io.Closer); ok {
		c.Close()
	}
	d.cancel()
	d.wait() // only the reason for stopping early counts, and that is known
	d.wait = nil
}

func (d *decompressor) Close() {
	if d.wait != nil {
		d.cancelAndWait()
	}
	if d.cancel != nil {
		d.cancel()
	}
	if d.close != nil {
		d.close()
	}
}
