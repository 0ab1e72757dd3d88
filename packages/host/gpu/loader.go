package gpu

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
)

// defaultLibraryDirs are searched where the loader's cache does not tell: drivers stand there in containers and on WSL.
var defaultLibraryDirs = []string{
	"/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/powerpc64le-linux-gnu", "/lib64", "/usr/lib",
	"/usr/lib64/nvidia", "/usr/lib/nvidia", "/usr/lib/x86_64-linux-gnu/nvidia/current", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib",
}

// library is the file that a program which asks for name would get: of LD_LIBRARY_PATH, of the loader's cache, of the default directories. "" is none. A
// toolkit's stub is none.
func (p *probing) library(name string) string {
	for _, dir := range filepath.SplitList(p.Getenv("LD_LIBRARY_PATH")) {
		path := filepath.Join(dir, name)
		if filepath.IsAbs(dir) && !isStub(path) && p.isFile(path) {
			return path
		}
	}
	if data, err := p.System.ReadFile("/etc/ld.so.cache"); err == nil {
		for _, path := range cachedLibraries(data, name) {
			if !isStub(path) && p.isFile(path) {
				return path
			}
		}
	}
	for _, dir := range defaultLibraryDirs {
		if path := filepath.Join(dir, name); p.isFile(path) {
			return path
		}
	}
	return ""
}

// isStub tells whether a file is one of those that toolkits bring to link against where no driver is.
func isStub(path string) bool { return strings.Contains(path, "/stubs/") }

// The loader's cache since glibc 2.2: a header of 48 bytes, entries of 24 bytes, and a table of strings to which the entries point by offsets from the
// header's beginning. An older cache may stand before it. See struct cache_file_new in glibc's sysdeps/generic/dl-cache.h.
const (
	cacheMagic     = "glibc-ld.so.cache1.1"
	cacheHeader    = 48
	cacheEntry     = 24
	cacheMost      = 1 << 20 // entries; more is a torn file
	flagTypeMask   = 0xff
	flagELFLibc6   = 3
	flagRequired   = 0xff00
	flagX8664      = 0x0300
	flagPowerPC64  = 0x0500
	flagAArch64    = 0x0a00
	flagRISCV64dbl = 0x1000
)

// cachedLibraries lists the 64-bit files of that name in a cache, in its order.
func cachedLibraries(data []byte, name string) []string {
	begin := bytes.Index(data, []byte(cacheMagic))
	if begin < 0 || len(data)-begin < cacheHeader {
		return nil
	}
	data = data[begin:]
	count := binary.LittleEndian.Uint32(data[20:])
	if count > cacheMost || cacheHeader+int(count)*cacheEntry > len(data) {
		return nil
	}
	var found []string
	for i := range int(count) {
		entry := data[cacheHeader+i*cacheEntry:]
		flags := binary.LittleEndian.Uint32(entry)
		if flags&flagTypeMask != flagELFLibc6 || !is64Bit(flags) || cacheString(data, binary.LittleEndian.Uint32(entry[4:])) != name {
			continue
		}
		if path := cacheString(data, binary.LittleEndian.Uint32(entry[8:])); filepath.IsAbs(path) {
			found = append(found, path)
		}
	}
	return found
}

func is64Bit(flags uint32) bool {
	switch flags & flagRequired {
	case flagX8664, flagPowerPC64, flagAArch64, flagRISCV64dbl:
		return true
	}
	return false
}

// cacheString is the text at an offset, to its closing zero byte.
func cacheString(data []byte, offset uint32) string {
	if int64(offset) >= int64(len(data)) {
		return ""
	}
	text, _, found := bytes.Cut(data[offset:], []byte{0})
	if !found {
		return ""
	}
	return string(text)
}
