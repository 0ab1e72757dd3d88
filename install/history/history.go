// Package history remembers what builds took: time, room in the store, room while building. It is one small file in the cache, so it may be lost at any
// time, which costs nothing but estimates. Nothing that is installed depends on it.
package history

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec"
)

// Build is what one build took.
type Build struct {
	Seconds    float64 `json:"seconds"`     // wall clock, with what it shared the machine with
	Bytes      int64   `json:"bytes"`       // in the store
	Files      int64   `json:"files"`       // inodes in the store
	StageBytes int64   `json:"stage_bytes"` // in the stage when it was done
	StageFiles int64   `json:"stage_files"`
	Memory     int64   `json:"memory,omitempty"` // bytes of the largest process of the build, mostly a compiler or linker; 0: not known
}

// History is what is known of earlier builds. It is safe for concurrent use.
type History struct {
	path string

	mu     sync.Mutex
	builds map[string]Build // by "zlib@1.3.1"
}

// format is the file.
type format struct {
	Version int              `json:"version"`
	Builds  map[string]Build `json:"builds"`
}

const version = 1

// Read reads the history in a file; one that is not there, damaged or of another version is an empty one.
func Read(path string) *History {
	return &History{path: path, builds: load(path)}
}

func load(path string) map[string]Build {
	var f format
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &f) != nil || f.Version != version || f.Builds == nil {
		return map[string]Build{}
	}
	return f.Builds
}

func key(name string, v spec.Version) string { return name + "@" + v.String() }

// Of is what the package took; failing that, what the version took of which most is known. ok is false if none was ever built; of builds that failed,
// the memory is known even so.
func (h *History) Of(name string, v spec.Version) (b Build, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	exact := h.builds[key(name, v)]
	if exact.done() {
		return exact, true
	}
	prefix := name + "@"
	for k, other := range h.builds {
		if len(k) > len(prefix) && k[:len(prefix)] == prefix && other.done() && (!ok || other.Bytes > b.Bytes) {
			b, ok = other, true
		}
	}
	b.Memory = max(b.Memory, exact.Memory)
	return b, ok
}

// done reports whether a build came to its end.
func (b Build) done() bool { return b != Build{Memory: b.Memory} }

// NoteMemory enters how many bytes the largest process of a build took that failed: it may have failed because of that.
func (h *History) NoteMemory(name string, v spec.Version, bytes int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.builds = load(h.path)
	b := h.builds[key(name, v)]
	if bytes <= b.Memory {
		return nil
	}
	b.Memory = bytes
	return h.note(key(name, v), b)
}

// Note enters a build, over an earlier one of the same package. What other commands entered meanwhile stays; of two at the same moment one may be lost.
func (h *History) Note(name string, v spec.Version, b Build) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.builds = load(h.path)
	return h.note(key(name, v), b)
}

// note enters a build in the file.
func (h *History) note(key string, b Build) error {
	h.builds[key] = b
	data, err := json.MarshalIndent(format{version, h.builds}, "", " ")
	if err != nil {
		return fmt.Errorf("note what a build took: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o755); err != nil {
		return fmt.Errorf("note what a build took: %w", err)
	}
	return durable.WriteFile(h.path, append(data, '\n'), 0o644)
}
