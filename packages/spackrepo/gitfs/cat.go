package gitfs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// catter reads objects through git cat-file --batch. Processes are started when they are needed, at most one for each processor, and
// stay until close.
type catter struct {
	dir   string
	slots chan struct{} // a place for each process that may work at once

	mu     sync.Mutex
	idle   []*catProcess
	closed bool
}

type catProcess struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

func newCatter(dir string) *catter {
	return &catter{dir: dir, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))}
}

// read gives the content of an object.
func (c *catter) read(object string) ([]byte, error) {
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	p, err := c.take()
	if err != nil {
		return nil, err
	}
	content, err := p.read(object)
	if err != nil {
		err = errors.Join(err, p.end())
		return nil, fmt.Errorf("read %s: %w", object, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return content, p.end()
	}
	c.idle = append(c.idle, p)
	return content, nil
}

func (c *catter) take() (*catProcess, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		p := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return p, nil
	}
	// Commands end long before their context would have to end these.
	p := &catProcess{cmd: command(context.Background(), c.dir, "cat-file", "--batch")}
	p.cmd.Stderr = &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	p.out = bufio.NewReaderSize(out, 64<<10)
	if err := p.cmd.Start(); err != nil {
		return nil, explain(context.Background(), "cat-file", err, "")
	}
	return p, nil
}

// read asks for one object. The answer is a line "OBJECT blob SIZE", the content and a line end.
func (p *catProcess) read(object string) ([]byte, error) {
	if _, err := io.WriteString(p.in, object+"\n"); err != nil {
		return nil, p.failed(err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, p.failed(err)
	}
	words := strings.Fields(line)
	if len(words) != 3 || words[1] != "blob" {
		return nil, fmt.Errorf("git cat-file: %s", strings.TrimSpace(line)) // "OBJECT missing"
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || size < 0 || size > maxBlob {
		return nil, fmt.Errorf("git cat-file: an object of %s bytes is too large", words[2])
	}
	content := make([]byte, size+1)
	if _, err := io.ReadFull(p.out, content); err != nil {
		return nil, p.failed(err)
	}
	return content[:size:size], nil
}

// maxBlob bounds what a file of recipes may have.
const maxBlob = 64 << 20

func (p *catProcess) failed(err error) error {
	_ = p.end()
	if text := strings.TrimSpace(p.stderr.String()); text != "" {
		return errors.New(text)
	}
	return err
}

// end closes the process's input, at which it ends.
func (p *catProcess) end() error {
	_ = p.in.Close()
	_ = p.cmd.Wait() // its status says nothing that its answers did not
	return nil
}

func (c *catter) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	var err error
	for _, p := range c.idle {
		err = errors.Join(err, p.end())
	}
	c.idle = nil
	return err
}
