package index

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// The file: a header of fixed size, then the sections, each with its checksum in the header, then the entries, each with its checksum in
// the table of entries. An update may stand behind: entries that are new and other sections, with a header that says where those are; see
// append.go. Numbers are little-endian. Opening reads the header and the small sections; an entry is read when it is asked for.
// (It is read, not mapped: a mapped file that another machine replaces on a network file system kills the process that looks at it.)

// formatVersion changes when an older berth's file would be misread, or a newer one's.
const formatVersion = 4

var magic = [8]byte{'b', 'e', 'r', 't', 'h', 'i', 'd', 'x'}

// The sections, in the file's order.
const (
	metaSection    = iota // JSON: what the index is of
	nameSection           // the packages' names, sorted, a line each
	tableSection          // a tableRow for each name
	virtualSection        // JSON: virtual to providers
	fileSection           // what the recipes were read from, see filesForm
	dependSection         // which of the files each recipe depends on
	sectionCount
)

// header is the beginning of the file.
type header struct {
	Magic    [8]byte
	Version  uint32
	Checksum uint32 // of the header with this 0
	Size     uint64 // of the file, as far as it counts
	Sections [sectionCount]section
}

type section struct {
	Offset, Length uint64
	Checksum       uint32
	_              uint32
}

// tableRow is where a recipe's entry stands.
type tableRow struct {
	Offset   uint64
	Length   uint32 // with errorMark where the entry is an error
	Checksum uint32
}

const errorMark = 1 << 31

func (r tableRow) isError() bool { return r.Length&errorMark != 0 }

func (r tableRow) length() uint64 { return uint64(r.Length &^ errorMark) }

// stored is an entry of contents: its bytes, or, where these are nil, where it stands in the base.
type stored struct {
	bytes []byte
	row   tableRow
}

var (
	headerSize = binary.Size(header{})
	rowSize    = binary.Size(tableRow{})
)

// meta is what an index is of.
type meta struct {
	Key       string `json:"key"`      // Options.Key
	Identity  string `json:"identity"` // "git:<commit>", "dir:sha256:..."
	Namespace string `json:"namespace"`
}

// checksums are Castagnoli's, which processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// errNotOurs is a file that is no index, or not of this format.
var errNotOurs = errors.New("not an index of this version")

// contents is all that a file holds, before it is laid out.
type contents struct {
	meta     meta
	names    []string
	entries  []stored // of each name
	virtuals map[string][]string
	files    []file
	depends  [][]int // of each name: numbers of files

	base *snapshot // the file that holds the entries without bytes; nil: there are none
}

// layOut is the header, and piece by piece what follows it: the rest of the file, or what is to stand behind the base.
func (c *contents) layOut() ([][]byte, error) {
	metaJSON, err := json.Marshal(c.meta)
	if err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	virtualsJSON, err := json.Marshal(c.virtuals)
	if err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	sections := [sectionCount][]byte{
		metaSection: metaJSON, nameSection: []byte(strings.Join(c.names, "\n")), tableSection: make([]byte, len(c.names)*rowSize),
		virtualSection: virtualsJSON, fileSection: encodeFiles(c.files), dependSection: encodeDepends(c.depends),
	}
	h := header{Magic: magic, Version: formatVersion}
	at := uint64(headerSize)
	if c.base != nil {
		at = c.base.size
	}
	for i, s := range sections {
		h.Sections[i] = section{Offset: at, Length: uint64(len(s))}
		at += uint64(len(s))
	}
	table := sections[tableSection][:0]
	var added [][]byte
	for _, e := range c.entries {
		row := e.row
		if e.bytes != nil {
			row = tableRow{at, uint32(len(e.bytes)), checksum(e.bytes)}
			if isError(e.bytes) {
				row.Length |= errorMark
			}
			added = append(added, e.bytes)
			at += uint64(len(e.bytes))
		}
		table = row.append(table)
	}
	h.Size = at
	for i, s := range sections {
		h.Sections[i].Checksum = checksum(s)
	}
	head, err := h.append(nil)
	if err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	return slices.Concat([][]byte{head}, sections[:], added), nil
}

func (r tableRow) append(b []byte) []byte {
	le := binary.LittleEndian
	return le.AppendUint32(le.AppendUint32(le.AppendUint64(b, r.Offset), r.Length), r.Checksum)
}

func (h header) append(out []byte) ([]byte, error) {
	h.Checksum = 0
	bare, err := binary.Append(nil, binary.LittleEndian, h)
	if err != nil {
		return nil, err
	}
	h.Checksum = checksum(bare)
	return binary.Append(out, binary.LittleEndian, h)
}

// snapshot is an index file as it was when it was opened.
type snapshot struct {
	meta
	from     io.ReaderAt
	info     os.FileInfo // of the file; nil in memory
	head     []byte
	size     uint64 // of what counts: there may be more, of somebody who is about to add it
	sections [sectionCount]section
	names    []string
	table    []byte
}

// openSnapshot reads the header and what every command needs. The error wraps errNotOurs, errDamaged or the reader's.
func openSnapshot(from io.ReaderAt, size int64) (*snapshot, error) {
	head := make([]byte, headerSize)
	if size < int64(headerSize) {
		return nil, errDamaged
	}
	if _, err := from.ReadAt(head, 0); err != nil {
		return nil, err
	}
	var h header
	if _, err := binary.Decode(head, binary.LittleEndian, &h); err != nil {
		return nil, err
	}
	if h.Magic != magic || h.Version != formatVersion {
		return nil, errNotOurs
	}
	if again, err := h.append(nil); err != nil || !bytes.Equal(again, head) || h.Size > uint64(size) {
		return nil, errDamaged
	}
	s := &snapshot{from: from, head: head, size: h.Size, sections: h.Sections}
	metaJSON, err := s.section(metaSection)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(metaJSON, &s.meta); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	names, err := s.section(nameSection)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		s.names = strings.Split(string(names), "\n")
	}
	if s.table, err = s.section(tableSection); err != nil {
		return nil, err
	}
	if len(s.table) != len(s.names)*rowSize || !slices.IsSorted(s.names) {
		return nil, errDamaged
	}
	return s, nil
}

// openFile opens an index file; the file stays open for the snapshot.
func openFile(path string) (*snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s, err := openSnapshot(f, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read index %s: %w", path, err), f.Close())
	}
	s.info = info
	return s, nil
}

func (s *snapshot) close() error {
	if c, ok := s.from.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// section reads one of the small sections.
func (s *snapshot) section(which int) ([]byte, error) {
	x := s.sections[which]
	return s.read(x.Offset, x.Length, x.Checksum)
}

// maxPart bounds what a damaged file can make us reserve.
const maxPart = 1 << 28

// memory is a whole index file, whose parts need not be copied.
type memory []byte

// ReadAt implements io.ReaderAt.
func (m memory) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(m).ReadAt(p, at) }

func (s *snapshot) read(offset, length uint64, sum uint32) ([]byte, error) {
	if length > maxPart || offset > math.MaxInt64-maxPart {
		return nil, errDamaged
	}
	if m, ok := s.from.(memory); ok {
		if offset+length > uint64(len(m)) || checksum(m[offset:offset+length]) != sum {
			return nil, errDamaged
		}
		return m[offset : offset+length : offset+length], nil
	}
	b := make([]byte, length)
	if _, err := s.from.ReadAt(b, int64(offset)); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errDamaged
		}
		return nil, err
	}
	if checksum(b) != sum {
		return nil, errDamaged
	}
	return b, nil
}

// find is the number of a package; false if there is none of that name.
func (s *snapshot) find(name string) (int, bool) { return slices.BinarySearch(s.names, name) }

// row says where the entry of a package is, by its number.
func (s *snapshot) row(i int) tableRow {
	b := s.table[i*rowSize:]
	le := binary.LittleEndian
	return tableRow{le.Uint64(b), le.Uint32(b[8:]), le.Uint32(b[12:])}
}

// entry reads the entry of a package by its number.
func (s *snapshot) entry(i int) ([]byte, error) { return s.at(s.row(i)) }

func (s *snapshot) at(r tableRow) ([]byte, error) { return s.read(r.Offset, r.length(), r.Checksum) }

// providers reads which packages provide which virtual.
func (s *snapshot) providers() (map[string][]string, error) {
	text, err := s.section(virtualSection)
	if err != nil {
		return nil, err
	}
	var virtuals map[string][]string
	if err := json.Unmarshal(text, &virtuals); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return virtuals, nil
}
