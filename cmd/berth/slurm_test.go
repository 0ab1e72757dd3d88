package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slurmDir is where test/setup.sh unpacks Slurm.
const slurmDir = "/usr/local/lib/berth-test/slurm"

// slurm is a cluster of one node, this machine, of one's own.
type slurm struct {
	t    *testing.T
	dir  string
	env  []string // for its programs
	self string   // this test binary, called berth
}

func startSlurm(t *testing.T) *slurm {
	t.Helper()
	libs, err := filepath.Glob(slurmDir + "/usr/lib/*/slurm-wlm/libslurmfull.so")
	if err != nil || len(libs) != 1 {
		t.Skip("no Slurm here; test/setup.sh unpacks it")
	}
	s := &slurm{t: t, dir: t.TempDir()}
	plugins := filepath.Dir(libs[0])
	me, err := user.Current()
	must(t, err)
	name, err := os.Hostname()
	must(t, err)
	name, _, _ = strings.Cut(name, ".")
	for _, dir := range []string{"state", "spool"} {
		must(t, os.Mkdir(filepath.Join(s.dir, dir), 0o755))
	}
	config := filepath.Join(s.dir, "slurm.conf")
	ports := freePorts(t)
	must(t, os.WriteFile(config, fmt.Appendf(nil, `ClusterName=test
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=%[2]s
SlurmdUser=%[2]s
AuthType=auth/none
CredType=cred/none
PluginDir=%[3]s
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
StateSaveLocation=%[4]s/state
SlurmdSpoolDir=%[4]s/spool
SlurmctldPidFile=%[4]s/slurmctld.pid
SlurmdPidFile=%[4]s/slurmd.pid
SlurmctldPort=%[5]d
SlurmdPort=%[6]d
MpiDefault=none
ReturnToService=2
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=%[7]d State=UNKNOWN
PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`, name, me.Username, plugins, s.dir, ports[0], ports[1], runtime.NumCPU()), 0o644))
	s.env = append(os.Environ(), "SLURM_CONF="+config, "LD_LIBRARY_PATH="+plugins, "PATH="+slurmDir+"/usr/bin:"+os.Getenv("PATH"), "BERTH_ROOT="+s.dir+"/root")
	self, err := os.Executable()
	must(t, err)
	s.self = filepath.Join(s.dir, "berth")
	must(t, os.Symlink(self, s.self))
	s.daemon("slurmctld-wlm", "-D", "-c", "-f", config)
	s.daemon("slurmd-wlm", "-D", "-c", "-f", config, "-d", slurmDir+"/usr/sbin/slurmstepd-wlm")
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, _ := s.run(s.dir, "sinfo", "-h", "-o", "%t")
		if strings.TrimSpace(out) == "idle" {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("the node does not come up: %s", out)
		}
	}
}

// daemon starts one that ends with the test; what it says is told where the test fails.
func (s *slurm) daemon(program string, args ...string) {
	s.t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(filepath.Join(slurmDir, "usr/sbin", program), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &said, &said
	must(s.t, cmd.Start())
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // one that has ended says so below
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		kill.Stop()
		if s.t.Failed() {
			s.t.Logf("%s: %v\n%s", program, err, said.String())
		}
	})
}

// run runs a program, by its name if it is Slurm's.
func (s *slurm) run(dir, program string, args ...string) (string, error) {
	if !filepath.IsAbs(program) {
		program = filepath.Join(slurmDir, "usr/bin", program)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// freePorts finds two that nobody listens on.
func freePorts(t *testing.T) [2]int {
	t.Helper()
	var ports [2]int
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSlurm asks a node behind the real srun what it is, in each of the ways that it can answer.
func TestSlurm(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a cluster")
	}
	s := startSlurm(t)
	project := filepath.Join(s.dir, "project")
	must(t, os.Mkdir(project, 0o755))
	must(t, os.WriteFile(filepath.Join(project, "env.yaml"), []byte("berth: 1\nsystems: {gpu: {}}\n"), 0o644))
	out, err := s.run(project, s.self, "arch", "--probe", "srun -p gpu", "--berth", s.self, "--record", "gpu")
	if err != nil || !strings.Contains(out, "wrote systems/gpu.yaml") {
		t.Fatalf("%v\n%s", err, out)
	}
	sheet, err := os.ReadFile(filepath.Join(project, "systems/gpu.yaml"))
	must(t, err)
	if !strings.Contains(string(sheet), "probe: srun -p gpu\nplatform: linux\n") {
		t.Errorf("the sheet:\n%s", sheet)
	}
	for name, c := range map[string]struct{ command, berth, want string }{
		"labelled":             {"srun -p gpu --label", s.self, "linux-"},
		"in an allocation":     {"salloc -p gpu srun", s.self, "linux-"},
		"no such partition":    {"srun -p nowhere", s.self, "invalid partition specified: nowhere"},
		"berth is not there":   {"srun -p gpu", "/nonexistent/berth", "is /nonexistent/berth on a file system that the other machine sees?"},
		"it prints no facts":   {"srun -p gpu true", s.self, "it ended well, but printed no facts"},
		"the job is cut short": {"srun -p gpu false", s.self, "try `srun -p gpu false hostname`"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := s.run(project, s.self, "arch", "--probe", c.command, "--berth", c.berth)
			if (err == nil) != (c.want == "linux-") || !strings.Contains(out, c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
