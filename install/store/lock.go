package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lock takes the open-file lock of path, asking again until it is free.
func (s *Store) lock(ctx context.Context, path string, waiting func(holder string)) (func() error, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		lk := unix.Flock_t{Type: unix.F_WRLCK}
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lk)
		if err == nil {
			f.Truncate(0)
			fmt.Fprintf(f, "pid %d", os.Getpid())
			return f.Close, nil
		}
		if first && waiting != nil {
			b := make([]byte, 100)
			n, _ := f.ReadAt(b, 0)
			waiting(string(b[:n]))
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
