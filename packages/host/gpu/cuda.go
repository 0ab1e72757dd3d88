package gpu

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// release is a CUDA release with the oldest Linux driver that has all of it.
type release struct{ cuda, driver string }

// releases, newest first, are table 3 ("CUDA Toolkit and Corresponding Driver Versions") of the CUDA Toolkit Release Notes 13.1, and for what that no longer
// lists the same table of the release notes of 11.0 and 12.9. Of the updates of a release the first one counts: they need no newer driver to run.
var releases = []release{
	{"13.1", "590.44.01"}, {"13.0", "580.65.06"},
	{"12.9", "575.51.03"}, {"12.8", "570.26"}, {"12.6", "560.28.03"}, {"12.5", "555.42.02"}, {"12.4", "550.54.14"}, {"12.3", "545.23.06"},
	{"12.2", "535.54.03"}, {"12.1", "530.30.02"}, {"12.0", "525.60.13"},
	{"11.8", "520.61.05"}, {"11.7", "515.43.04"}, {"11.6", "510.39.01"}, {"11.5", "495.29.05"}, {"11.4", "470.42.01"}, {"11.3", "465.19.01"},
	{"11.2", "460.27.03"}, {"11.1", "455.23"}, {"11.0", "450.36.06"},
	{"10.2", "440.33"}, {"10.1", "418.39"}, {"10.0", "410.48"}, {"9.2", "396.26"}, {"9.1", "390.46"}, {"9.0", "384.81"}, {"8.0", "367.48"},
	{"7.5", "352.31"}, {"7.0", "346.46"},
}

// families are the major versions with minor-version compatibility: whatever is built with any toolkit of one runs on the drivers from this one
// on (table 2 of the same notes). Then code must be compiled for the very GPU: an older driver translates no PTX of a newer toolkit.
var families = []release{{"13", "580"}, {"12", "525"}, {"11", "450.80.02"}}

// NewestCUDA is the newest CUDA that all of a driver speaks, by the table: "12.4". It is "" for a driver that is older than the table.
func NewestCUDA(driver string) string {
	for _, r := range releases {
		if compareVersions(driver, r.driver) >= 0 {
			return r.cuda
		}
	}
	return ""
}

// MinimumDriver is the oldest driver on which what a CUDA toolkit builds runs, by minor-version compatibility where there is any; "" where it is not known.
func MinimumDriver(cuda string) string {
	needs := ""
	for _, r := range releases {
		if r.cuda == majorMinor(cuda) {
			needs = r.driver
		}
	}
	major, _, _ := strings.Cut(cuda, ".")
	for _, f := range families {
		if f.cuda == major && (needs == "" || compareVersions(f.driver, needs) < 0) {
			return f.driver
		}
	}
	return needs
}

// Ceiling is what a machine's driver says about CUDA toolkits.
type Ceiling struct {
	Driver string // whose it is: "535.183.01"
	// Newest is the newest CUDA that all of the driver speaks: "12.2".
	Newest string
	// Forbidden is the first version that does not run: "13". Everything from it on is forbidden.
	Forbidden string
	// Compat is the forward-compatibility package that lifts the ceiling to this; nil if none does.
	Compat *Compat
}

// Allows tells whether what a toolkit of that version builds runs.
func (c Ceiling) Allows(cuda string) bool { return compareVersions(cuda, c.Forbidden) < 0 }

// WithoutPTX tells that a toolkit is newer than the driver speaks but runs by minor-version compatibility.
func (c Ceiling) WithoutPTX(cuda string) bool {
	return c.Newest != "" && c.Allows(cuda) && compareVersions(majorMinor(cuda), c.Newest) > 0
}

// String says why: "the driver 535.183.01 runs CUDA up to 12".
func (c Ceiling) String() string {
	text := "the driver " + c.Driver
	if c.Compat != nil {
		text += " with the forward-compatibility libraries in " + c.Compat.Dir
	}
	if c.Newest != "" {
		text += " is one of CUDA " + c.Newest
	}
	return text + ", and what is built with CUDA " + c.Forbidden + " or newer does not run with it"
}

// CUDACeiling is what the driver allows; false where nothing is known, so that nothing is forbidden.
func (f Facts) CUDACeiling() (Ceiling, bool) {
	n := f.NVIDIA
	if n == nil || n.Driver == "" {
		return Ceiling{}, false
	}
	c := Ceiling{Driver: n.Driver, Newest: cmp.Or(n.CUDA, NewestCUDA(n.Driver))}
	if compat := n.usableCompat(); compat != nil {
		if newest := NewestCUDA(compat.Driver); newest != "" && compareVersions(newest, c.Newest) > 0 {
			c.Newest, c.Compat = newest, compat
		}
	}
	if c.Newest == "" {
		return Ceiling{}, false
	}
	major, minor, _ := strings.Cut(c.Newest, ".")
	number, err := strconv.Atoi(major)
	if err != nil {
		return Ceiling{}, false
	}
	if number >= 11 && !(number == 11 && c.Compat == nil && compareVersions(n.Driver, families[2].driver) < 0) {
		c.Forbidden = strconv.Itoa(number + 1)
		return c, true
	}
	next, err := strconv.Atoi(minor)
	if err != nil {
		return Ceiling{}, false
	}
	c.Forbidden = fmt.Sprintf("%d.%d", number, next+1)
	return c, true
}

// usableCompat is the newest forward-compatibility package that this machine can use: only GPUs for data centres take it, and never in place
// of a driver that is newer itself.
func (n *NVIDIA) usableCompat() *Compat {
	for _, d := range n.Devices {
		if consumer(d.Name) {
			return nil
		}
	}
	for i := range n.Compat {
		if compareVersions(n.Compat[i].Driver, n.Driver) > 0 && len(n.Devices) > 0 {
			return &n.Compat[i]
		}
	}
	return nil
}

// consumer recognises GPUs that are no data-centre products by their names.
func consumer(name string) bool {
	for _, word := range []string{"GeForce", "TITAN", "Titan"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// compareVersions compares versions that consist of numbers, part by part; what is missing counts as 0, and what is no number too.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		if c := cmp.Compare(m, n); c != 0 {
			return c
		}
	}
	return 0
}

// majorMinor is the first two parts of a version: "12.4" of "12.4.131".
func majorMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func counted(n int, what string) string {
	if n == 1 {
		return what
	}
	return strconv.Itoa(n) + " " + what
}
