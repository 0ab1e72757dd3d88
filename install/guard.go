package install

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// guard ends what builds have started when this process ends, however it ends: a killed berth must not leave a make behind that
// goes on writing into a prefix that the next command rebuilds. It is a process of its own, which hears through a pipe which
// process groups there are, and reads the end of the pipe when we are gone.
type guard struct {
	mu   sync.Mutex
	pipe io.WriteCloser
	cmd  *exec.Cmd
}

// guardScript keeps the groups in $live, between blanks.
const guardScript = `trap '' HUP INT TERM
live=' '
while read -r op group; do
	case $op in
	+) live="$live$group " ;;
	-) case $live in *" $group "*) live="${live%% $group *} ${live#* $group }" ;; esac ;;
	esac
done
for group in $live; do kill -KILL "-$group"; done 2>/dev/null
exit 0`

func startGuard() (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the guard over builds: %w", err)
	}
	return &guard{pipe: pipe, cmd: cmd}, nil
}

// watch registers a process group; the function that it returns takes it out.
func (g *guard) watch(group int) (done func()) {
	g.tell('+', group)
	return func() { g.tell('-', group) }
}

func (g *guard) tell(op rune, group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fmt.Fprintf(g.pipe, "%c %d\n", op, group) // a guard that is gone guards nothing; the build goes on
}

func (g *guard) stop() {
	g.pipe.Close()
	g.cmd.Wait()
}

// killGroup ends a process group.
func killGroup(group int, sig syscall.Signal) error {
	if err := syscall.Kill(-group, sig); err != nil && err != syscall.ESRCH {
		return os.NewSyscallError("kill", err)
	}
	return nil
}
