package confine

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets this test binary, confined, open sockets: a shell cannot.
func TestMain(m *testing.M) {
	if network := os.Getenv("CONFINE_TEST_LISTEN"); network != "" {
		l, err := net.Listen(network, os.Getenv("CONFINE_TEST_ADDRESS"))
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		l.Close()
		os.Exit(0)
	}
	if address := os.Getenv("CONFINE_TEST_DIAL"); address != "" {
		if _, err := net.Dial("tcp4", address); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// scene is a directory with what a command may touch and what it may not.
type scene struct {
	t                       *testing.T
	mine, theirs, dep, home string
	policy                  *Policy
}

func newScene(t *testing.T) *scene {
	dir := t.TempDir()
	s := &scene{t: t, mine: dir + "/mine", theirs: dir + "/theirs", dep: dir + "/dep", home: dir + "/home"}
	for _, d := range []string{s.mine, s.theirs, s.dep, s.home + "/.ssh"} {
		must(t, os.MkdirAll(d, 0o755))
	}
	for _, f := range []string{s.dep + "/header", s.theirs + "/file", s.home + "/.ssh/id_ed25519"} {
		must(t, os.WriteFile(f, []byte("contents\n"), 0o600))
	}
	self, err := os.Executable()
	must(t, err)
	s.policy = &Policy{
		Ability: Probe(), Write: []string{s.mine, "/dev/null", s.mine + "/not-there"},
		Read: []string{"/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/dev/stdin", s.dep, self},
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a shell script under the policy.
func (s *scene) run(script string, env ...string) (string, error) {
	s.t.Helper()
	args, err := s.policy.Argv("/bin/sh", []string{"sh", "-c", script})
	must(s.t, err)
	self, err := os.Executable()
	must(s.t, err)
	cmd := exec.Command(self)
	cmd.Args, cmd.Dir, cmd.SysProcAttr = args, s.mine, &syscall.SysProcAttr{}
	s.policy.Attr(cmd.SysProcAttr)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "MINE=" + s.mine, "THEIRS=" + s.theirs, "DEP=" + s.dep, "H=" + s.home, "SELF=" + self}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func needFiles(t *testing.T) {
	if !Probe().Files() {
		t.Skip("NOT RUN: this kernel has no usable Landlock: ", Probe().Missing())
	}
}

func needSeccomp(t *testing.T) {
	if !Probe().Seccomp {
		t.Skip("NOT RUN: this kernel has no seccomp filters")
	}
}

func TestWhatIsAllowed(t *testing.T) {
	s := newScene(t)
	for _, script := range []string{
		"echo x >$MINE/new && cat $MINE/new && rm $MINE/new",
		"mkdir -p $MINE/a/b $MINE/c && echo x >$MINE/a/b/f && mv $MINE/a/b/f $MINE/c/f && ln $MINE/c/f $MINE/a/g && ln -s f $MINE/c/l && rm -r $MINE/a $MINE/c",
		"mkfifo $MINE/p && rm $MINE/p",
		"cat $DEP/header",
		"echo x >/dev/null; echo x | cat /dev/stdin",
		"sleep 100 & kill $! && ! wait $!",
		"ls -l $THEIRS/file", // names and sizes can be seen
		"cd / && test -d $THEIRS && pwd",
		"cp $DEP/header $MINE/h && : >$MINE/h && chmod 755 $MINE/h && touch -d 2001-01-01 $MINE/h",
	} {
		if out, err := s.run(script); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}

func TestWhatIsDenied(t *testing.T) {
	needFiles(t)
	s := newScene(t)
	for _, script := range []string{
		"cat $H/.ssh/id_ed25519", "cat $THEIRS/file", "ls $THEIRS", "cp $THEIRS/file $MINE/", "ln $THEIRS/file $MINE/stolen && cat $MINE/stolen",
		"ln -s $H/.ssh/id_ed25519 $MINE/link && cat $MINE/link",
		"echo x >$THEIRS/new", "echo x >$THEIRS/file", "echo x >>$THEIRS/file", ": >$THEIRS/file", "rm $THEIRS/file", "mkdir $THEIRS/d", "mv $MINE/../theirs/file $MINE/",
		"ln -s x $THEIRS/l", "echo x >$DEP/header", "rm $DEP/header", "touch $DEP/new", "mkfifo $THEIRS/p",
		"echo x >/tmp/confine-test-$$", "echo x >/etc/confine-test", "ls /tmp",
		"cat /proc/$PPID/environ", "kill -0 $PPID",
	} {
		out, err := s.run(script)
		if err == nil {
			t.Errorf("%s: it was done\n%s", script, out)
		}
		if strings.Contains(out, "contents") {
			t.Errorf("%s: it was read:\n%s", script, out)
		}
	}
	if data, err := os.ReadFile(s.theirs + "/file"); err != nil || string(data) != "contents\n" {
		t.Errorf("theirs is %q, %v", data, err)
	}
}

func TestSockets(t *testing.T) {
	needSeccomp(t)
	s := newScene(t)
	for _, c := range []struct {
		network, address string
		open             bool // in the policy
		works            bool
	}{
		{"tcp4", "127.0.0.1:0", false, false}, {"tcp6", "[::1]:0", false, false}, {"unix", "a-socket", false, true},
		{"tcp4", "127.0.0.1:0", true, true},
	} {
		s.policy.Network = c.open
		out, err := s.run("exec $SELF", "CONFINE_TEST_LISTEN="+c.network, "CONFINE_TEST_ADDRESS="+c.address)
		if (err == nil) != c.works {
			t.Errorf("%s, open %t: %v\n%s", c.network, c.open, err, out)
		}
		if !c.works && !strings.Contains(out, "permission denied") {
			t.Errorf("%s: the program says %q", c.network, out)
		}
	}
}

// A network of its own has the loopback device, and leads nowhere.
func TestLoopback(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	if !CanLoopback(self) {
		t.Skip("NOT RUN: this machine lets nobody make network namespaces")
	}
	outside, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer outside.Close()
	s := newScene(t)
	s.policy.Loopback = true
	if out, err := s.run("exec $SELF", "CONFINE_TEST_LISTEN=tcp4", "CONFINE_TEST_ADDRESS=127.0.0.1:0"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := s.run("exec $SELF", "CONFINE_TEST_DIAL="+outside.Addr().String())
	if err == nil || !strings.Contains(out, "refused") {
		t.Errorf("this machine's own ports can be reached: %v\n%s", err, out)
	}
	if out, err := s.run("cat /proc/net/dev | grep -v lo: | grep :"); err == nil {
		t.Errorf("there are other devices:\n%s", out)
	}
	if out, err := s.run("cat $THEIRS/file; test ! -w /etc && echo x >$MINE/f && cat $DEP/header"); Probe().Files() && (err != nil && os.Geteuid() != 0 || strings.Count(out, "contents") > 1) {
		t.Errorf("files: %v\n%s", err, out)
	}
}

// A command may see one directory at another's place, and nobody else does.
func TestPlace(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	s := newScene(t)
	if !CanPlace(self, s.mine) {
		t.Skip("NOT RUN: this machine lets nobody make mounts of their own")
	}
	place, beside := s.home+"/place", s.home+"/beside"
	must(t, os.Mkdir(place, 0o755))
	must(t, os.Mkdir(beside, 0o755))
	must(t, os.WriteFile(place+"/old", []byte("old"), 0o644))
	s.policy.Place, s.policy.Beside, s.policy.Write = place, beside, append(s.policy.Write, place)
	script := "P=" + place + "; test ! -e $P/old && echo new >$P/new && mkdir $P/d && ln -s $P/new $P/d/link && mv $P/new $P/d/new && cd $P && test $(pwd -P) = $P && ! umount $P"
	if out, err := s.run(script); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if text, _ := os.ReadFile(beside + "/d/new"); string(text) != "new\n" {
		t.Errorf("beside is %q", text)
	}
	if entries, _ := os.ReadDir(place); len(entries) != 1 || entries[0].Name() != "old" {
		t.Errorf("at the place is %v", entries)
	}
	if out, err := s.run("mount --bind $MINE " + place); err == nil {
		t.Errorf("the command could mount: %s", out)
	}
	if out, err := s.run("cat $THEIRS/file"); s.policy.Ability.Files() && err == nil {
		t.Errorf("it was read: %s", out)
	}
}

// Where Landlock is missing, the filter is all there is, and the other way round.
func TestEitherAlone(t *testing.T) {
	needSeccomp(t)
	s := newScene(t)
	s.policy.Ability.Landlock = 0
	if out, err := s.run("cat $THEIRS/file"); err != nil {
		t.Errorf("files: %v\n%s", err, out)
	}
	if _, err := s.run("exec $SELF", "CONFINE_TEST_LISTEN=tcp4", "CONFINE_TEST_ADDRESS=127.0.0.1:0"); err == nil {
		t.Error("a socket was opened")
	}
	needFiles(t)
	for version := filesFrom; version <= Probe().Landlock; version++ {
		s.policy.Ability = Ability{Landlock: version}
		if out, err := s.run("cat $THEIRS/file"); err == nil {
			t.Errorf("version %d: it was read\n%s", version, out)
		}
		if out, err := s.run("echo x >f && mkdir -p d && mv f d/f && rm -r d"); err != nil {
			t.Errorf("version %d: %v\n%s", version, err, out)
		}
	}
}

func TestPrivilegesAreGone(t *testing.T) {
	s := newScene(t)
	out, err := s.run("grep NoNewPrivs /proc/self/status")
	if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "1") {
		t.Errorf("%v %s", err, out)
	}
}

func TestFailuresToEnter(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{Name}, "for berth's own use"},
		{[]string{Name, "{", "/bin/true", "true"}, "read the policy"},
		{[]string{Name, "{}", "/no/such/program", "x"}, "run /no/such/program"},
	} {
		cmd := exec.Command(self)
		cmd.Args = c.args
		out, err := cmd.CombinedOutput()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != failed || !strings.Contains(string(out), c.want) {
			t.Errorf("%q: %v %s", c.args, err, out)
		}
	}
}

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		a          Ability
		want, does string
	}{
		{Ability{7, true}, "", "files (Landlock 7), network (seccomp)"},
		{Ability{0, true}, "no Landlock", "network (seccomp)"},
		{Ability{1, true}, "too old", "network (seccomp)"},
		{Ability{3, false}, "use the network", "files (Landlock 3)"},
		{Ability{0, false}, "read and write all that you can; this kernel has no seccomp", "nothing"},
	} {
		if got := c.a.Missing(); !strings.Contains(got, c.want) || (c.want == "") != (got == "") || c.a.String() != c.does {
			t.Errorf("%+v: %q, %q", c.a, got, c.a)
		}
	}
}

func TestExplain(t *testing.T) {
	s := newScene(t)
	s.policy.Ability = Ability{Landlock: 7, Seccomp: true} // whatever this kernel has: the words are what is tested
	if runtime.GOOS != "linux" {
		t.Skip()
	}
	for line, want := range map[string]string{
		"cat: HOME/.ssh/id_ed25519: Permission denied":                                              "read HOME/.ssh/id_ed25519",
		"sh: 1: cannot create HOME/new/x: Permission denied":                                        "write HOME/new/x",
		"PermissionError: [Errno 13] Permission denied: 'HOME/.ssh/id_ed25519'":                     "read HOME/.ssh/id_ed25519",
		"cp: cannot create regular file 'DEP/header': Permission denied":                            "write DEP/header",
		"curl: (6) Could not resolve host: example.org":                                             "network ",
		"fatal: unable to access 'https://example.org/x.git/': Could not resolve host: example.org": "network ",
		"socket: Permission denied":                                                                 "network ",
		"urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>":    "network ",
		"listen tcp4 127.0.0.1:0: socket: permission denied":                                        "network ",
		"sh: 1: MINE/script: Permission denied":                                                     "", // its own: it lacks an x
		"main.c:1: error: unknown type name 'permission'":                                           "",
		"mv: cannot stat 'HOME/.ssh/id_ed25519': No such file or directory":                         "",
		"checking whether /no/such/directory/at/all is allowed... Permission denied":                "",
	} {
		place := strings.NewReplacer("HOME", s.home, "DEP", s.dep, "MINE", s.mine)
		log := strings.NewReader("make: noise\n" + place.Replace(line) + "\nmake: *** Error 1\n")
		got := ""
		if found := s.policy.Explain(log); len(found) > 0 {
			got = found[0].What + " " + found[0].Path
			if len(found) > 1 || !strings.Contains(found[0].String(), place.Replace(line)) {
				t.Errorf("%s: %v", line, found)
			}
		}
		if got != place.Replace(want) {
			t.Errorf("%s\n got %q\nwant %q", line, got, place.Replace(want))
		}
	}
	s.policy.Network = true
	if found := s.policy.Explain(strings.NewReader("curl: (6) Could not resolve host: example.org\n")); found != nil {
		t.Errorf("the network is open, and yet: %v", found)
	}
}

func TestMayReadFollowsLinks(t *testing.T) {
	s := newScene(t)
	s.policy.Ability.Landlock = 7
	must(t, os.Symlink(s.home, filepath.Join(s.mine, "out")))
	for path, want := range map[string][2]bool{
		s.mine + "/new/file": {true, true}, s.dep + "/header": {true, false}, s.dep + "x": {false, false}, s.mine + "/out/.ssh/id_ed25519": {false, false},
		s.mine + "/../home/x": {false, false},
	} {
		if got := [2]bool{s.policy.MayRead(path), s.policy.MayWrite(path)}; got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func BenchmarkEnter(b *testing.B) {
	p := &Policy{Ability: Probe(), Read: []string{"/usr", "/bin", "/lib", "/lib64", "/etc", "/proc"}, Write: []string{"/dev/null"}}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	args, err := p.Argv("/bin/true", []string{"true"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.Command(self)
		cmd.Args = args
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
