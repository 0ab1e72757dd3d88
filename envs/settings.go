package envs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// SettingsName is the file of a user's settings, below the berth root.
const SettingsName = "config.yaml"

// Settings is what a user sets once, for every environment: config.yaml in the berth root.
type Settings struct {
	Mirrors []string // "file:///shared/mirror", "https://...": searched before upstream, in order
	Jobs    int      // commands that run at once in builds; 0: as many as this process may use
	// Licenses are the licences that packages may have in every environment; nil: any.
	Licenses *packages.LicensePolicy
	GC       GCSettings
	// Confine says how far builds are kept from what is not theirs.
	Confine confine.Config
	// Nice is what builds are niced by: -1 is politely, where others work.
	Nice int
	// Stage is where builds have their stages: "auto", "root", or a directory of this machine.
	Stage string
	Trim  install.Trim
	// Sources says what may be built from.
	Sources SourceSettings
}

// SourceSettings are what a user, or who has set up their account, demands of sources.
type SourceSettings struct {
	RequireChecksum bool // --no-checksum is refused
	MirrorsOnly     bool // nobody but the mirrors is asked
}

// GCSettings says after how many days without use `berth gc` removes what is not a package.
type GCSettings struct {
	Stages  int // of failed builds, and those that were asked to be kept
	Sources int // that were fetched
}

// ReadSettings reads root's config.yaml; a missing one is all defaults.
func ReadSettings(root string) (Settings, error) {
	path := filepath.Join(root, SettingsName)
	text, err := os.ReadFile(path)
	s := Settings{GC: GCSettings{Stages: 14, Sources: 90}, Confine: confine.Config{Mode: confine.Auto}, Nice: -1, Stage: StageAuto}
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	doc, err := yamldoc.Parse(path, text)
	if err != nil {
		return Settings{}, err
	}
	if root := doc.Root(); !root.IsNull() {
		f := root.Fields("mirrors", "jobs", "licenses", "gc", "confine", "nice", "stage", "strip", "drop", "sources")
		if m := f.Get("mirrors"); m.Exists() && !m.IsNull() {
			s.Mirrors = m.Texts()
		}
		if j := f.Get("jobs"); j.Exists() {
			s.Jobs = j.Int(1, 4096)
		}
		if g := f.Get("gc"); g.Exists() && !g.IsNull() {
			days := g.Fields("stages", "sources")
			for _, d := range []struct {
				key  string
				into *int
			}{{"stages", &s.GC.Stages}, {"sources", &s.GC.Sources}} {
				if n := days.Get(d.key); n.Exists() {
					*d.into = n.Int(0, 36500)
				}
			}
		}
		if n := f.Get("nice"); n.Exists() {
			s.Nice = n.Int(0, 19)
		}
		s.Stage = decodeStage(f.Get("stage"))
		s.Trim = decodeTrim(f)
		s.Licenses = decodeLicenses(f.Get("licenses"))
		s.Confine = decodeConfine(f.Get("confine"))
		s.Sources = decodeSources(f.Get("sources"))
	}
	return s, doc.Err()
}

// EditMirrors adds or removes a mirror in root's config.yaml and leaves the rest of the file as it is.
func EditMirrors(root string, edit func([]string) []string) error {
	path := filepath.Join(root, SettingsName)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read settings: %w", err)
	}
	before, err := ReadSettings(root)
	if err != nil {
		return err
	}
	after := edit(slices.Clone(before.Mirrors))
	if slices.Equal(before.Mirrors, after) {
		return nil
	}
	list := listEdit{file: SettingsName, key: "mirrors"}
	for i := len(before.Mirrors) - 1; i >= 0; i-- {
		if !slices.Contains(after, before.Mirrors[i]) {
			if text, err = list.removeAt(text, i); err != nil {
				return err
			}
		}
	}
	for _, m := range after {
		if !slices.Contains(before.Mirrors, m) {
			if text, err = list.add(text, m); err != nil {
				return err
			}
		}
	}
	if err := durable.MkdirAll(root, 0o755); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	var check yaml.Node
	if err := yaml.Unmarshal(text, &check); err != nil {
		return fmt.Errorf("edit settings: %w", err)
	}
	return writeFile(path, text)
}
