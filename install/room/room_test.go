package room

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLimitsOfThisFileSystem(t *testing.T) {
	limits := Limits(context.Background(), filepath.Join(t.TempDir(), "not", "there", "yet"))
	if len(limits) == 0 || limits[0].Of != "the file system" || limits[0].Bytes <= 0 || limits[0].Files <= 0 {
		t.Errorf("got %+v", limits)
	}
	if l := Least(limits); l.Bytes > limits[0].Bytes {
		t.Errorf("the least is more than the file system has: %+v", l)
	}
}

func TestSame(t *testing.T) {
	dir := t.TempDir()
	if !Same(dir, filepath.Join(dir, "below")) {
		t.Error("a directory and what is below it are on one file system")
	}
	if _, err := os.Stat("/proc/self"); err == nil && Same(dir, "/proc/self") {
		t.Error("/proc is another")
	}
}

func TestTheSoftLimitCounts(t *testing.T) {
	for _, c := range []struct {
		use  use
		want string
	}{
		{use{bytes: 10, softBytes: 100, hardBytes: 200, files: 3, hardFiles: 5}, "90 bytes 2 files"},
		{use{bytes: 150, softBytes: 100, hardBytes: 200}, "-50 bytes"},
		{use{bytes: 1 << 40}, "no limit"},
		{use{files: 7, softFiles: 5}, "-2 files"},
	} {
		l, ok := c.use.limit("quota")
		want := Limit{Of: "quota", Bytes: Unlimited, Files: Unlimited}
		switch c.want {
		case "90 bytes 2 files":
			want.Bytes, want.Files = 90, 2
		case "-50 bytes":
			want.Bytes = -50
		case "-2 files":
			want.Files = -2
		}
		if diff := cmp.Diff(want, l); diff != "" || ok != (c.want != "no limit") {
			t.Errorf("%+v: %v %s", c.use, ok, diff)
		}
	}
}

const lustre = `       /scratch 18874368* 15728640 20971520 6d23h59m10s   99999  100000  120000       -
`

const lustreLong = `/lus/scratch/a/very/long/path
                 1048576       0 2097152       -     100       0       0       -
`

const nfs = `Disk quotas for user ada (uid 1000): 
     Filesystem blocks   quota   limit   grace   files   quota   limit   grace
server:/home  512000 1024000 1100000       0   40000  100000  110000       0
`

func TestToolsOfNetworkFileSystems(t *testing.T) {
	for name, c := range map[string]struct {
		shared, out string
		want        []Limit
	}{
		"lustre":    {"Lustre", lustre, []Limit{{"your quota", (15728640 - 18874368) * 1024, 1}}},
		"long path": {"Lustre", lustreLong, []Limit{{"your quota", 1 << 30, Unlimited}}},
		"nfs":       {"NFS", nfs, []Limit{{"your quota", 512000 * 1024, 60000}}},
		"none":      {"NFS", "Disk quotas for user ada (uid 1000): none\n", nil},
		"rubbish":   {"Lustre", "a b c d e f g h i\nquota: command failed\n1 2 3 4 5 6 x 8\n", nil},
		"another":   {"GPFS", lustre, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tool := tools{shared: c.shared, run: func(_ context.Context, argv ...string) (string, error) {
				if strings.Contains(strings.Join(argv, " "), "-g") {
					return "", errors.New("no such group")
				}
				return c.out, errors.New("exit status 1") // as quota(1) does when one is exceeded
			}}
			if diff := cmp.Diff(c.want, tool.quotas(context.Background(), "/scratch")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseQuota(f *testing.F) {
	for _, text := range []string{lustre, lustreLong, nfs} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n := len(parseQuota(text)); n > strings.Count(text, "\n")+1 {
			t.Errorf("%d quotas in %q", n, text)
		}
	})
}

func TestDeviceOfRoot(t *testing.T) {
	if device, err := deviceOf("/"); err == nil && !strings.HasPrefix(device, "/") {
		t.Errorf("got %q", device)
	}
	if name := groupName(1 << 30); name != "1073741824" {
		t.Errorf("a group that nobody knows is called %q", name)
	}
}
