package envs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// SheetDir is the directory beside env.yaml with a fact sheet for each system: what a machine was found to be, for those that cannot see it.
const SheetDir = "systems"

// sheetVersion is the schema of fact sheets.
const sheetVersion = 1

// Sheet is what is written down of a system: systems/gpu.yaml.
type Sheet struct {
	SystemFacts
	Host  string // where it was found out: "nid001234"
	Probe string // by which command: "srun -p gpu"; "" is there
	// Packages are what the system has, in place of what the machine has that resolves for it; nil: the sheet does not say.
	Packages *config.Scope
	Place    packages.Place // of the whole
}

// SystemFacts is what a machine is, with its GPUs. Its JSON is kept in env.lock, and passed from a machine that was probed.
type SystemFacts struct {
	host.Facts
	GPU gpu.Facts `json:"gpu,omitzero"`
}

// sheetText is the layout of a sheet.
type sheetText struct {
	Version  int         `yaml:"berth-system"`
	Host     string      `yaml:"host,omitempty"`
	Probe    string      `yaml:"probe,omitempty"`
	Platform string      `yaml:"platform"`
	OS       string      `yaml:"os"`
	Target   string      `yaml:"target"`
	Libc     sheetLibc   `yaml:"libc,omitempty"`
	NVIDIA   *gpu.NVIDIA `yaml:"nvidia,omitempty"`
	AMD      *gpu.AMD    `yaml:"amd,omitempty"`
}

type sheetLibc struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
	Loader  string `yaml:"loader"`
}

// systemName is what systems may be called: their names become files and keys.
var systemName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.+-]*$`)

// SheetPath is where the fact sheet of a system is.
func (e *Environment) SheetPath(system string) string { return sheetPath(e.Dir, system) }

func sheetPath(dir, system string) string { return filepath.Join(dir, SheetDir, system+".yaml") }

// ReadSheet reads the fact sheet of a system; nil where there is none.
func ReadSheet(dir, system string) (*Sheet, error) {
	if !systemName.MatchString(system) {
		return nil, nil
	}
	text, err := os.ReadFile(sheetPath(dir, system))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read fact sheet: %w", err)
	}
	return ParseSheet(filepath.Join(SheetDir, system+".yaml"), text)
}

// ParseSheet reads the text of a sheet; file is the name that errors show.
func ParseSheet(file string, text []byte) (*Sheet, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	root := doc.Root()
	s := &Sheet{Place: packages.Place{File: file, Line: 1}}
	f := root.Fields("berth-system", "host", "probe", "platform", "os", "target", "libc", "nvidia", "amd", "packages")
	f.Need("berth-system").Int(sheetVersion, sheetVersion)
	s.Host, s.Probe = f.Get("host").Line(), f.Get("probe").Line()
	s.Platform, s.OS, s.Target = f.Need("platform").Line(), f.Need("os").Line(), f.Need("target").Line()
	if n := f.Get("target"); n.Exists() && s.Target != "" {
		if _, err := lookUpTarget(s.Target); err != nil {
			n.Fail(err.Error(), hintOf(err))
		}
	}
	if n := f.Get("libc"); n.Exists() {
		l := n.Fields("name", "version", "loader")
		s.Libc = host.Libc{Name: l.Get("name").Line(), Version: l.Get("version").Line(), Loader: l.Get("loader").Line()}
	}
	s.GPU = decodeGPU(f.Get("nvidia"), f.Get("amd"))
	if n := f.Get("nvidia"); n.Exists() {
		s.Place = n.Place()
	}
	s.Packages, _ = decodePackages(f.Get("packages"))
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func decodeGPU(nvidia, amd yamldoc.Node) gpu.Facts {
	var facts gpu.Facts
	if nvidia.Exists() {
		f := nvidia.Fields("driver", "cuda", "gpus", "libraries", "compat")
		n := &gpu.NVIDIA{Driver: version(f.Get("driver")), CUDA: version(f.Get("cuda")), Devices: decodeDevices(f.Get("gpus"))}
		for _, e := range f.Get("libraries").Map() {
			if n.Libraries == nil {
				n.Libraries = map[string]string{}
			}
			n.Libraries[e.Name()] = absolute(e.Value)
		}
		for _, item := range f.Get("compat").List() {
			c := item.Fields("dir", "driver")
			n.Compat = append(n.Compat, gpu.Compat{Dir: absolute(c.Need("dir")), Driver: version(c.Need("driver"))})
		}
		facts.NVIDIA = n
	}
	if amd.Exists() {
		f := amd.Fields("driver", "gpus")
		facts.AMD = &gpu.AMD{Driver: version(f.Get("driver")), Devices: decodeDevices(f.Get("gpus"))}
	}
	return facts
}

func decodeDevices(n yamldoc.Node) []gpu.Device {
	var devices []gpu.Device
	for _, item := range n.List() {
		f := item.Fields("arch", "name", "count")
		d := gpu.Device{Arch: f.Need("arch").Line(), Name: f.Get("name").Line(), Count: 1}
		checkGPU(f.Get("arch"), d.Arch)
		if c := f.Get("count"); c.Exists() {
			d.Count = c.Int(1, 1<<16)
		}
		devices = append(devices, d)
	}
	return devices
}

var numbers = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// version reads a version that consists of numbers.
func version(n yamldoc.Node) string {
	if !n.Exists() {
		return ""
	}
	text := n.Line()
	if !numbers.MatchString(text) {
		n.Fail(fmt.Sprintf("%q is no version", text), "write numbers and dots: 550.54.15")
	}
	return text
}

func absolute(n yamldoc.Node) string {
	text := n.Line()
	if text != "" && !filepath.IsAbs(text) {
		n.Errorf("%q is not an absolute path", text)
	}
	return text
}

// Text is the sheet as it is written to the disk. externals are what the system has; nil leaves that to the machine that resolves.
func (s *Sheet) Text(system string, externals []packages.External) ([]byte, error) {
	layout := sheetText{
		Version: sheetVersion, Host: s.Host, Probe: s.Probe, Platform: s.Platform, OS: s.OS, Target: s.Target,
		Libc: sheetLibc(s.Libc), NVIDIA: s.GPU.NVIDIA, AMD: s.GPU.AMD,
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What the system %s is. `berth arch --record %s` wrote it; it may be edited, and belongs into version control.\n", system, system)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(layout), encoder.Close()); err != nil {
		return nil, fmt.Errorf("write fact sheet: %w", err)
	}
	text := []byte(b.String())
	if externals != nil {
		section, _, err := config.AddExternals(SheetDir+"/"+system+".yaml", nil, externals)
		if err != nil {
			return nil, err
		}
		text = append(text, section...)
	}
	if _, err := ParseSheet(SheetDir+"/"+system+".yaml", text); err != nil { // what we write we must be able to read
		return nil, err
	}
	return text, nil
}

// WriteSheet writes a system's sheet beside env.yaml.
func (e *Environment) WriteSheet(system string, s *Sheet, externals []packages.External) error {
	if !systemName.MatchString(system) {
		return withHint(fmt.Errorf("write fact sheet: %q cannot be the name of a system", system), "use letters, digits, and _ . + - between them")
	}
	text, err := s.Text(system, externals)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(e.Dir, SheetDir), 0o755); err != nil {
		return fmt.Errorf("write fact sheet: %w", err)
	}
	return writeFile(e.SheetPath(system), text)
}

// ProbeHere finds out what this machine is. quick asks no programs, which may take seconds.
func (s *Session) ProbeHere(ctx context.Context, getenv func(string) string, quick bool) (SystemFacts, gpu.Report, error) {
	facts, err := host.GatherFacts(ctx, s.Machine)
	if err != nil {
		return SystemFacts{}, gpu.Report{}, err
	}
	report := gpu.Prober{System: s.Machine, Getenv: getenv, Quick: quick}.Probe(ctx)
	return SystemFacts{facts, report.Facts}, report, nil
}

// factsOf says what a system is: what is declared in env.yaml wins over its sheet, and that over what this machine is. The sheet is nil where there is none; place is
// where it says what its driver is.
func (s *Session) factsOf(ctx context.Context, dir string, system System) (SystemFacts, *Sheet, packages.Place, error) {
	facts, sheet, place, err := s.recordedFacts(ctx, dir, system.Name)
	if err != nil || system.Driver == "" {
		return facts, sheet, place, err
	}
	nvidia := gpu.NVIDIA{}
	if facts.GPU.NVIDIA != nil {
		nvidia = *facts.GPU.NVIDIA
	}
	nvidia.Driver, nvidia.CUDA = system.Driver, gpu.NewestCUDA(system.Driver)
	facts.GPU.NVIDIA = &nvidia
	return facts, sheet, system.Place, nil
}

// recordedFacts are those of a system's sheet, or else this machine's.
func (s *Session) recordedFacts(ctx context.Context, dir, system string) (SystemFacts, *Sheet, packages.Place, error) {
	if dir != "" {
		sheet, err := ReadSheet(dir, system)
		if err != nil {
			return SystemFacts{}, nil, packages.Place{}, err
		}
		if sheet != nil {
			return sheet.SystemFacts, sheet, sheet.Place, nil
		}
	}
	facts, _, err := s.ProbeHere(ctx, nil, true)
	return facts, nil, packages.Place{File: "this host"}, err
}

// limitToolkits forbids CUDA toolkits that a driver does not run.
func limitToolkits(cfg *packages.Configuration, facts gpu.Facts, place packages.Place) error {
	ceiling, known := facts.CUDACeiling()
	if !known {
		return nil
	}
	forbidden, err := spec.Parse("@" + ceiling.Forbidden + ":")
	if err != nil {
		return fmt.Errorf("limit CUDA: %w", err)
	}
	if cfg.Packages == nil {
		cfg.Packages = map[string]packages.PackageConfig{}
	}
	section := cfg.Packages["cuda"]
	section.Conflict = append(slices.Clone(section.Conflict), packages.ConfigRequirement{Specs: []*spec.Spec{forbidden}, Message: ceiling.String(), Place: place})
	cfg.Packages["cuda"] = section
	return nil
}

// onlySheet puts what a sheet says that a system has in place of what this machine has. What env.yaml itself lists stays.
func onlySheet(cfg *packages.Configuration, sheet *Sheet, environment []*config.Scope) {
	own, recorded := config.Merge(environment...), config.Merge(sheet.Packages)
	for name := range recorded.Packages {
		if _, ok := cfg.Packages[name]; !ok {
			cfg.Packages[name] = packages.PackageConfig{}
		}
	}
	for name, section := range cfg.Packages {
		section.Externals = append(slices.Clone(own.Packages[name].Externals), recorded.Packages[name].Externals...)
		if section.NotBuildable == nil {
			section.NotBuildable = recorded.Packages[name].NotBuildable
		}
		cfg.Packages[name] = section
	}
}
