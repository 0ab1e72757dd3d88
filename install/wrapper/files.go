package wrapper

import "syscall"

// The few things that a wrapper does with files, by system calls: package os would be initialised with all that it needs, thousands of
// times a build.

// failure is an error of ours: a text.
type failure string

func (f failure) Error() string { return string(f) }

func failed(what, path string, err error) error {
	return failure(what + " " + path + ": " + err.Error())
}

func readFile(path string) ([]byte, error) {
	fd, err := retry(func() (int, error) { return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0) })
	if err != nil {
		return nil, failed("read", path, err)
	}
	defer syscall.Close(fd)
	data := make([]byte, 0, 16<<10)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := retry(func() (int, error) { return syscall.Read(fd, data[len(data):cap(data)]) })
		if err != nil {
			return nil, failed("read", path, err)
		}
		if n <= 0 {
			return data, nil
		}
		data = data[:len(data)+n]
	}
}

// writeFile writes a file anew, or appends to it.
func writeFile(path, text string, flag int) error {
	fd, err := retry(func() (int, error) {
		return syscall.Open(path, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_CLOEXEC|flag, 0o644)
	})
	if err != nil {
		return failed("write", path, err)
	}
	for data := []byte(text); len(data) > 0 && err == nil; {
		var n int
		n, err = retry(func() (int, error) { return syscall.Write(fd, data) })
		data = data[max(n, 0):]
	}
	if closeErr := syscall.Close(fd); err == nil {
		err = closeErr
	}
	if err != nil {
		return failed("write", path, err)
	}
	return nil
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

func exists(path string) bool {
	var st syscall.Stat_t
	return syscall.Stat(path, &st) == nil
}

func mkdirAll(dir string) error {
	if exists(dir) {
		return nil
	}
	if i := lastIndexByte(dir, '/'); i > 0 {
		if err := mkdirAll(dir[:i]); err != nil {
			return err
		}
	}
	if err := syscall.Mkdir(dir, 0o755); err != nil && err != syscall.EEXIST {
		return failed("make", dir, err)
	}
	return nil
}

// arguments are this process' arguments, as the kernel has them.
func arguments() []string {
	data, err := readFile("/proc/self/cmdline")
	if err != nil || len(data) == 0 {
		return nil
	}
	return split(string(data[:len(data)-1]), 0) // each argument ends with a NUL
}
