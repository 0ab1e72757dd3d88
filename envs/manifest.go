package envs

import (
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
)

// Names of the two files, as people see them.
const (
	ManifestName = "env.yaml"
	LockName     = "env.lock"
)

// manifestVersion is the schema that this berth reads.
const manifestVersion = 1

// DefaultSystem is the name of the one system of an environment that declares none.
const DefaultSystem = "default"

// Manifest is what an env.yaml means. It is not changed once it was read.
type Manifest struct {
	Specs    []packages.PlacedSpec
	Repos    []RepoRef     // nil: the section is missing
	Packages *config.Scope // nil: the section is missing
	// Toolchains are those of this environment; nil: the section is missing.
	Toolchains *config.Toolchains
	// Unify is true, false or when_possible, as in Spack.
	Unify string
	// Reuse says whether concretizing anew may keep what env.lock has: true or false.
	Reuse   bool
	EnvVars []packages.EnvMod
	// Licenses are the licences that packages may have; nil: any.
	Licenses *packages.LicensePolicy
	Systems  []System // in the file's order
	View     *View    // nil: none
	// Upstreams are install trees of others, searched before those that the user and the site have configured; nil: the section is missing.
	Upstreams *config.Upstreams
	Tune      *Tune // nil: every package is built for the system's target
	Text      []byte

	packagesText string // the sections packages and toolchains in canonical form, for the lock
}

// System is one machine, or partition of one, that the environment is for.
type System struct {
	Name   string
	Target string   // "zen3"; "" is this host's
	GPUs   []string // "sm_80", "gfx90a": what GPU packages are built for unless a spec says otherwise
	Driver string   // "550.54.15": of NVIDIA, where the GPUs are; decides which CUDA toolkits run
	Hosts  []string // "nid*": names of the machines that are this system
	Specs  []packages.PlacedSpec
	// Packages is laid over the environment's; the one that wins first.
	Packages     []*config.Scope
	Upstreams    []*config.Upstreams // this system's, then the environment's
	Place        packages.Place
	packagesText string
}
