package install

import (
	"bytes"
	"os"
	"sync"

	"github.com/berth-hpc/berth/install/durable"
)

// maxLine is where a listener's line is cut; the file has it whole.
const maxLine = 4096

// buildLog is the log of one build: a file, and a listener for its lines. Commands that run at once may write to it together.
type buildLog struct {
	path   string
	listen func(line string)

	mu   sync.Mutex
	file *os.File
	rest []byte // of a line that has not ended
}

func openLog(path string, listen func(string)) (*buildLog, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, &durable.Error{Op: "write", Path: path, Err: err}
	}
	return &buildLog{path: path, listen: listen, file: f}, nil
}

func (l *buildLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n, err := l.file.Write(p); err != nil {
		return n, &durable.Error{Op: "write", Path: l.path, Err: err}
	}
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < maxLine {
			return len(p), nil
		}
		next := i + 1
		if i < 0 || i > maxLine {
			i = maxLine
			next = max(next, i)
		}
		l.listen(string(bytes.TrimRight(l.rest[:i], "\r")))
		l.rest = l.rest[next:]
	}
}

// Close closes the file; a second call does nothing.
func (l *buildLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	if len(l.rest) > 0 {
		l.listen(string(l.rest))
		l.rest = nil
	}
	err := l.file.Close()
	l.file = nil
	if err != nil {
		return &durable.Error{Op: "write", Path: l.path, Err: err}
	}
	return nil
}
