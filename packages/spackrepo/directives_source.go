package spackrepo

import (
	"fmt"
	"path"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

func recordVersion(d *directive, a *arguments) {
	v := &record.Version{When: d.when, Place: d.place, Preferred: a.flag("preferred"), Deprecated: a.flag("deprecated")}
	switch ver := a.get("ver").(type) {
	case python.Int:
		v.Version = fmt.Sprint(int(ver))
	default:
		v.Version = a.text("ver")
	}
	v.Checksum = a.text("checksum")
	v.MD5, v.SHA256, v.OtherSum = a.sums()
	v.URL, v.Extension, v.Expand, v.NoCache, v.FetchOptions = a.text("url"), a.text("extension"), a.flag("expand"), a.flag("no_cache"), plain(a.get("fetch_options"))
	v.Source = a.source()
	d.version = v
	for i, name := range a.names {
		if v := a.values[i]; v != nil && v != python.None && name != "" && name != "ver" && name != "when" {
			d.arguments = append(d.arguments, python.Kwarg{Name: name, Value: v})
		}
	}
}

// sums reads the checksums by name. Those that are neither md5 nor sha256 come with their kind in front.
func (a *arguments) sums() (md5, sha256, other string) {
	for _, kind := range []string{"sha1", "sha224", "sha384", "sha512"} {
		if sum := a.text(kind); sum != "" {
			other = kind + ":" + sum
		}
	}
	return a.text("md5"), a.text("sha256"), other
}

// source reads what speaks of version control.
func (a *arguments) source() record.Source {
	s := record.Source{
		Git: a.text("git"), Commit: a.text("commit"), Tag: a.text("tag"), Branch: a.text("branch"), FullRepo: a.flag("get_full_repo"),
		Submodules: plain(a.get("submodules")), SparsePaths: plain(a.get("git_sparse_paths")), Svn: a.text("svn"), Hg: a.text("hg"), Cvs: a.text("cvs"),
		Revision: a.textOrNumber("revision"), Date: a.text("date"),
	}
	return s
}

func recordPatch(d *directive, a *arguments) {
	p := &record.Patch{
		SHA256: a.text("sha256"), ArchiveSHA: a.text("archive_sha256"), WorkingDir: a.text("working_dir"), When: d.when, Place: d.place,
	}
	name := a.text("url_or_filename")
	switch {
	case !strings.Contains(name, "://"):
		p.File = name
	case p.SHA256 == "":
		a.raise(python.ValueErrorf("patch() of an address needs its sha256"))
	default:
		p.URL = name
	}
	if p.WorkingDir == "." {
		p.WorkingDir = ""
	}
	if r := a.flag("reverse"); r != nil {
		p.Reverse = *r
	}
	switch level := a.get("level").(type) {
	case nil:
	case python.Int:
		n := int(level)
		if n < 0 {
			a.raise(python.ValueErrorf("patch(): level is %d, and cannot be negative", n))
		}
		if n != 1 {
			p.Level = &n
		}
	default:
		a.fail("level", level, "a number")
	}
	d.patch = p
}

func recordResource(d *directive, a *arguments) {
	r := &record.Resource{
		Name: a.text("name"), URL: a.text("url"), Checksum: a.text("checksum"), Extension: a.text("extension"), Expand: a.flag("expand"),
		NoCache: a.flag("no_cache"), FetchOptions: plain(a.get("fetch_options")), Source: a.source(), Placement: plain(a.get("placement")),
		When: d.when, Place: d.place,
	}
	r.MD5, r.SHA256, r.OtherSum = a.sums()
	if dir := a.text("destination"); dir != "" {
		if clean := path.Clean(dir); path.IsAbs(dir) || clean == ".." || strings.HasPrefix(clean, "../") {
			a.raise(python.ValueErrorf("resource(): the destination %q is not below the package's source", dir))
		}
		r.Destination = dir
	}
	d.resource = r
}
