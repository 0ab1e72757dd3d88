package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// languages are what a compiler may be for, as the virtuals are called and as people call them.
var languages = []struct{ virtual, name string }{{"c", "C"}, {"cxx", "C++"}, {"fortran", "Fortran"}}

func compilers(p *Patient) []Finding {
	if len(p.Compilers) == 0 {
		return []Finding{{"compiler-none", Problem, "there is no compiler to build with", []string{"packages.yaml lists none"}, "berth compiler find"}}
	}
	var found []Finding
	any := map[string]bool{}
	for _, c := range p.Compilers {
		if len(c.Missing) > 0 {
			f := Finding{"compiler-gone", Problem, "a compiler of packages.yaml is not there any more", []string{c.Spec + ": " + strings.Join(c.Missing, ", ") + " is missing"}, "berth compiler find --replace"}
			if c.Place != "" {
				f.Evidence, f.Mend = append(f.Evidence, "it is listed in "+c.Place), "take it out of "+c.Place+", or tell the site, whose file it is"
			}
			found = append(found, f)
			continue
		}
		for _, l := range languages {
			any[l.virtual] = any[l.virtual] || c.Paths[l.virtual] != ""
		}
	}
	for _, l := range languages[1:] {
		if any[l.virtual] || !any["c"] {
			continue
		}
		level := Problem
		if l.virtual == "fortran" {
			level = Warning
		}
		var have []string
		for _, c := range p.Compilers {
			have = append(have, c.Spec+" has "+c.has())
		}
		found = append(found, Finding{"compiler-no-" + l.virtual, level, "no compiler of packages.yaml is one for " + l.name + ": packages that need it cannot be built, or a compiler is built first",
			have, fmt.Sprintf("module load gcc && berth compiler find   # one with %s", l.name)})
	}
	return found
}

// has lists a compiler's languages.
func (c Compiler) has() string {
	var names []string
	for _, l := range languages {
		if c.Paths[l.virtual] != "" {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func mpis(p *Patient) []Finding {
	var found []Finding
	fortran := slices.ContainsFunc(p.Compilers, func(c Compiler) bool { return c.Paths["fortran"] != "" })
	for _, m := range p.MPIs {
		if m.Compiler != "" && !m.Known {
			found = append(found, Finding{"mpi-compiler", Warning, "an MPI was built with a compiler that packages.yaml does not have: Fortran modules and C++ libraries of it may not fit",
				[]string{m.Spec + " in " + m.Prefix + " was built with " + m.Compiler}, "berth compiler find"})
		}
		if fortran && !m.Fortran {
			found = append(found, Finding{"mpi-no-fortran", Note, "an MPI has no compiler wrapper for Fortran: Fortran programs cannot use it",
				[]string{m.Spec + " in " + m.Prefix + " has no mpifort and no mpif90"}, "berth external find --verbose mpi"})
		}
	}
	return found
}

func recordedExternals(p *Patient) []Finding {
	if len(p.Externals) == 0 {
		return nil
	}
	var own, others []string
	for _, x := range p.Externals {
		if x.Place == "" {
			own = append(own, x.Spec+": "+x.Path+" is missing")
		} else {
			others = append(others, x.Spec+": "+x.Path+" is missing, listed in "+x.Place)
		}
	}
	var found []Finding
	if len(own) > 0 {
		found = append(found, Finding{"external-gone", Problem, counted(len(own), "package", "packages") + " of the host that packages.yaml lists cannot be found", own, "berth external find --replace"})
	}
	if len(others) > 0 {
		found = append(found, Finding{"external-gone", Problem, counted(len(others), "package", "packages") + " of the host that the site's packages.yaml lists cannot be found", others,
			"tell the site, or take the lines out of that file"})
	}
	return found
}

// unanswered judges a search of the host: what did not answer may be there.
func unanswered(p *Patient) []Finding {
	if len(p.Silent) == 0 {
		return nil
	}
	return []Finding{{"host-silent", Warning, "programs of this host did not answer in time; compilers and MPIs that they are part of are not used", p.Silent, "berth external find   # when the machine is less busy; --skip PROGRAM does without one that never answers"}}
}

// trees judges what others have installed or keep for builds.
func trees(p *Patient) []Finding {
	var found []Finding
	for _, u := range p.Upstreams {
		if u.Broken != "" {
			mend := "tell the site, whose file names it: " + u.Place
			if strings.HasPrefix(u.Place, filepath.Join(p.Root.Path, "upstreams.yaml")+":") {
				mend = "berth upstream remove " + u.Name + "   # if it is gone for good, and not just not mounted here"
			}
			found = append(found, Finding{"upstream-gone", Problem, "an upstream cannot be used: what was installed on top of it may not run, and what it has is built again",
				[]string{u.Name + " in " + u.Path + " (" + u.Place + ")", u.Broken}, mend})
		}
	}
	for _, m := range p.Mirrors {
		if m.Broken != "" {
			found = append(found, Finding{"mirror-gone", Warning, "a mirror of sources cannot be read: every build looks there in vain", []string{m.URL + ": " + m.Broken}, "berth mirror remove " + m.URL})
		}
	}
	return found
}
