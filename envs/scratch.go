package envs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Where builds have their stages, unless it is a directory.
const (
	StageAuto = "auto" // on this machine's own file system, where the root is on one that machines share
	StageRoot = "root" // below the root
)

// decodeStage reads the setting stage.
func decodeStage(n yamldoc.Node) string {
	if !n.Exists() || n.IsNull() {
		return StageAuto
	}
	text := n.Line()
	if text != StageAuto && text != StageRoot && text != "" && !filepath.IsAbs(os.ExpandEnv(text)) {
		n.Fail("this is no place for stages", "auto, root, or an absolute path, in which $TMPDIR and the like are replaced")
	}
	return text
}

// decodeTrim reads the settings strip and drop.
func decodeTrim(f yamldoc.Fields) install.Trim {
	var t install.Trim
	if n := f.Get("strip"); n.Exists() {
		t.Strip = n.Bool()
	}
	for _, n := range f.Get("drop").ListOrOne() {
		switch what := n.Line(); what {
		case "static":
			t.Static = true
		case "docs":
			t.Docs = true
		default:
			n.Fail(fmt.Sprintf("nothing is called %q here", what), "static, docs")
		}
	}
	return t
}

// leastScratch is what a scratch file system must have free to be taken by itself.
const leastScratch = 2 << 30

// scratch is the directory for stages beside the root; "" is below the root. One that was asked for and cannot be had is warned of.
func (s *Session) scratch() string {
	var base string
	switch s.Settings.Stage {
	case StageRoot, "":
		return ""
	case StageAuto:
		if base = os.TempDir(); room.Shared(s.Root) == "" || !fitForStages(base) {
			return ""
		}
	default:
		base = os.ExpandEnv(s.Settings.Stage)
	}
	dir, err := privateDir(base, s.Root)
	if err != nil {
		s.warn("builds go on below %s: %v", s.Root, err)
		return ""
	}
	return dir
}

// fitForStages reports whether a directory is on this machine's disk, has room, and runs programs.
func fitForStages(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Flags&unix.ST_NOEXEC != 0 || room.Shared(dir) != "" || room.InMemory(dir) {
		return false
	}
	return int64(st.Bavail)*int64(st.Bsize) >= leastScratch
}

// privateDir is a directory of this user and root below base, which others may write to: what another made in its place is not taken. It is not made yet
// below that.
func privateDir(base, root string) (string, error) {
	mine := filepath.Join(base, "berth-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(mine, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("make a directory for stages: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(mine, &st); err != nil {
		return "", fmt.Errorf("look at %s: %w", mine, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Getuid() || st.Mode&0o022 != 0 {
		return "", fmt.Errorf("%s is not a directory of yours that others cannot write to", mine)
	}
	return filepath.Join(mine, digest([]byte(root))[:12]), nil
}
