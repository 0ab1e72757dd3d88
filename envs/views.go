package envs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/envs/view"
	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// DefaultView is where the view of an environment stands that says view: true.
const DefaultView = ".berth/view"

// View is the view section of an env.yaml.
type View struct {
	Path       string // as written; relative to the environment
	Link       string // which packages: "all" (the roots and what they link with or run), "run" (the roots and what they run), "roots"
	Kind       view.Kind
	Select     []*spec.Spec // only packages that satisfy one of them; none: all
	Exclude    []*spec.Spec // no package that satisfies one of them
	OnConflict view.Policy
}

func decodeView(n yamldoc.Node) *View {
	v := &View{Path: DefaultView, Link: "all", Kind: view.Symlink, OnConflict: view.Fail}
	switch {
	case !n.Exists() || n.IsNull():
		return nil
	case n.IsBool():
		if !n.Bool() {
			return nil
		}
		return v
	case n.IsScalar():
		v.Path = viewPathOf(n)
		return v
	}
	f := n.Fields("path", "root", "link", "link_type", "select", "exclude", "on_conflict")
	if key := f.OneOf("path", "root"); key != "" {
		v.Path = viewPathOf(f.Get(key))
	}
	if l := f.Get("link"); l.Exists() && slices.Contains([]string{"symlink", "hardlink", "copy"}, l.Text()) {
		l.Fail(fmt.Sprintf("link says which packages: all, run or roots, not %s", l.Text()), "write link_type: "+l.Text())
	} else if l.Exists() {
		v.Link = choose(l, "all", "run", "roots")
	}
	if t := f.Get("link_type"); t.Exists() {
		v.Kind = view.Kind(choose(t, string(view.Symlink), string(view.Hardlink), string(view.Copy)))
	}
	if p := f.Get("on_conflict"); p.Exists() {
		v.OnConflict = view.Policy(choose(p, string(view.Fail), string(view.First)))
	}
	v.Select, v.Exclude = viewSpecs(f.Get("select")), viewSpecs(f.Get("exclude"))
	return v
}

func viewPathOf(n yamldoc.Node) string {
	path := n.Line()
	if path == "" {
		n.Fail("a view needs a path", "write view: "+DefaultView)
	}
	return path
}

// choose reads one of a few words.
func choose(n yamldoc.Node, words ...string) string {
	text := n.Text()
	if !slices.Contains(words, text) {
		n.Fail(fmt.Sprintf("%q is none of %s", text, strings.Join(words, ", ")), yamldoc.DidYouMean(text, words))
	}
	return text
}

func viewSpecs(n yamldoc.Node) []*spec.Spec {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	var list []*spec.Spec
	for _, item := range n.ListOrOne() {
		if s := item.Spec(); s != nil {
			list = append(list, s)
		}
	}
	return list
}

// chooses reports whether a package belongs into the view.
func (v *View) chooses(n *dag.Node) bool {
	fits := func(s *spec.Spec) bool { return n.Satisfies(s) }
	return (len(v.Select) == 0 || slices.ContainsFunc(v.Select, fits)) && !slices.ContainsFunc(v.Exclude, fits)
}

// nodes lists the packages of the view, dependents first. What the host has where every process looks anyway is left out.
func (v *View) nodes(roots []*dag.Node) []*dag.Node {
	nodes := useOrder(roots)
	switch v.Link {
	case "roots":
		nodes = roots
	case "run":
		nodes = runOrder(roots)
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n *dag.Node) bool {
		x := n.External()
		return x != nil && (x.Prefix == "" || modules.IsSystemPrefix(x.Prefix)) || !v.chooses(n)
	})
}

// runOrder lists roots and all that they run, in the order of useOrder.
func runOrder(roots []*dag.Node) []*dag.Node {
	reached := map[*dag.Node]bool{}
	var reach func(n *dag.Node)
	reach = func(n *dag.Node) {
		if !reached[n] {
			reached[n] = true
			for _, dep := range n.DepsOf(spec.Run) {
				reach(dep)
			}
		}
	}
	for _, r := range roots {
		reach(r)
	}
	return slices.DeleteFunc(useOrder(roots), func(n *dag.Node) bool { return !reached[n] })
}

// viewPath is where the view stands: "/home/u/project/.berth/view".
func (e *Environment) viewPath() string {
	path := e.Manifest.View.Path
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(e.Dir, path)
	}
	return filepath.Clean(path)
}

func (e *Environment) viewLocation() view.Location {
	return view.Location{Path: e.viewPath(), Owner: e.Dir}
}

// checkView fails, before anything is built, if the view cannot stand where it should, or if packages that are installed already do not fit
// into it. What the others will install nobody knows yet, but if they were built before in another way it was probably the same: where that
// does not fit, it warns.
func (e *Environment) checkView(s *Session, st *store.Store, roots []*dag.Node) error {
	v := e.Manifest.View
	if v == nil {
		return nil
	}
	location := e.viewLocation()
	if host.Within(location.Path, st.Root()) {
		return withHint(fmt.Errorf("make view %s: it is in the berth root", location.Path), "give it a path in the project, such as "+DefaultView)
	}
	if err := location.Check(); err != nil {
		return err
	}
	nodes := v.nodes(roots)
	if location.Is(v.key(st, nodes)) {
		return nil
	}
	if first, second := twice(nodes); second != nil && v.OnConflict == view.Fail {
		return &TwiceInViewError{View: v.Path, First: first, Second: second}
	}
	var standing, kin []*dag.Node
	for _, n := range nodes {
		if st.Stands(n) {
			standing = append(standing, n)
		} else if k, err := builtBefore(st, n); err != nil {
			return err
		} else if k != nil {
			kin = append(kin, k)
		}
	}
	if _, err := v.plan(st, standing); err != nil || len(kin) == 0 {
		return err
	}
	_, err := v.plan(st, append(standing, kin...))
	var clash *view.ConflictError
	if errors.As(err, &clash) {
		c := clash.Conflicts[0]
		s.warn("view %s: as they were built before, %s and %s have different files %s: %s", v.Path, c.First, c.Second, c.Path, clash.Hint())
		return nil
	}
	return err
}

// builtBefore returns the installation of the same version of a package that was made last, nil if there is none.
func builtBefore(st *store.Store, n *dag.Node) (*dag.Node, error) {
	records, err := st.Query(store.Filter{Name: n.Name()})
	if err != nil {
		return nil, err
	}
	var last *store.Record
	for i, r := range records {
		if r.Node.External() == nil && r.Node.Version() == n.Version() && st.Stands(r.Node) && (last == nil || r.InstalledAt.After(last.InstalledAt)) {
			last = &records[i]
		}
	}
	if last == nil {
		return nil, nil
	}
	return last.Node, nil
}

// TwiceInViewError says that a view would show one package twice: its two installations have the same files with different content.
type TwiceInViewError struct {
	View          string // its path, as the user wrote it
	First, Second *dag.Node
}

func (e *TwiceInViewError) Error() string {
	return fmt.Sprintf("make view %s: %s/%s and %s/%s have the same files", e.View, nameAndVersion(e.First), e.First.ShortHash(), nameAndVersion(e.Second), e.Second.ShortHash())
}

// Hint says how to go on.
func (e *TwiceInViewError) Hint() string {
	return fmt.Sprintf("leave one of them out (view: {exclude: [/%s]}), or let the package that stands first win (view: {on_conflict: first})", e.Second.ShortHash())
}

// twice finds two nodes of one package that is built, such as an environment that is not unified can have.
func twice(nodes []*dag.Node) (first, second *dag.Node) {
	seen := map[string]*dag.Node{}
	for _, n := range nodes {
		if n.External() != nil {
			continue
		}
		if seen[n.Name()] != nil {
			return seen[n.Name()], n
		}
		seen[n.Name()] = n
	}
	return nil, nil
}

// writeView makes the view, unless it stands already, and removes what was one before. It returns the packages that are in it.
func (e *Environment) writeView(ctx context.Context, s *Session, st *store.Store, roots []*dag.Node) ([]*dag.Node, error) {
	before, err := e.recordedViews()
	if err != nil {
		return nil, err
	}
	v := e.Manifest.View
	if v == nil && len(before) == 0 {
		return nil, nil
	}
	unlock, err := e.lockView(ctx, s)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var nodes []*dag.Node
	var now []string
	if v != nil {
		nodes, now = v.nodes(roots), []string{e.viewPath()}
		if err := e.recordViews(before, append(slices.Clone(now), before...)); err != nil {
			return nil, err
		}
		if err := e.makeView(ctx, s, st, nodes); err != nil {
			return nil, err
		}
	}
	for _, path := range before {
		if !slices.Contains(now, path) {
			if err := (view.Location{Path: path, Owner: e.Dir}).Remove(); err != nil {
				return nil, err
			}
		}
	}
	return nodes, e.recordViews(before, now)
}

func (e *Environment) makeView(ctx context.Context, s *Session, st *store.Store, nodes []*dag.Node) error {
	v, location := e.Manifest.View, e.viewLocation()
	key := v.key(st, nodes)
	if location.Is(key) {
		return location.Sweep()
	}
	plan, err := v.plan(st, nodes)
	if err != nil {
		return err
	}
	if err := location.Write(ctx, key, plan, v.Kind); err != nil {
		return err
	}
	for _, pair := range view.Pairs(plan.Conflicts) {
		s.note("view %s: %s of %s hidden by %s", v.Path, countedFiles(len(pair)), pair[0].Second, pair[0].First)
	}
	return nil
}

func countedFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// plan says what stands where. The error is a *view.ConflictError if packages do not fit together.
func (v *View) plan(st *store.Store, nodes []*dag.Node) (*view.Plan, error) {
	var sources []view.Source
	for _, n := range nodes {
		source := view.Source{Name: nameAndVersion(n), Prefix: st.Prefix(n), Files: view.Directory(st.Prefix(n))}
		if n.External() == nil {
			files, err := st.Files(n)
			if err != nil {
				return nil, err
			}
			source.Files = view.Manifest(files)
		}
		sources = append(sources, source)
	}
	plan, err := view.Merge(sources, v.Kind == view.Symlink)
	if err != nil {
		return nil, fmt.Errorf("make view %s: %w", v.Path, err)
	}
	if v.OnConflict == view.Fail && len(plan.Conflicts) > 0 {
		return nil, &view.ConflictError{View: v.Path, Conflicts: plan.Conflicts}
	}
	return plan, nil
}

func nameAndVersion(n *dag.Node) string { return n.Name() + "@" + n.Version().String() }

// viewVersion changes when the same packages would make another view.
const viewVersion = 1

// key names the content of a view without looking at a file: prefixes do not change once they are installed.
func (v *View) key(st *store.Store, nodes []*dag.Node) string {
	var b strings.Builder
	fmt.Fprintln(&b, viewVersion, v.Kind, v.OnConflict)
	for _, n := range nodes {
		fmt.Fprintln(&b, n.Hash(), st.Prefix(n))
	}
	return digest([]byte(b.String()))
}

// lockView keeps other commands from changing the view at the same time.
func (e *Environment) lockView(ctx context.Context, s *Session) (lock.Unlock, error) {
	locker, err := lock.New(filepath.Join(e.StateDir(), "locks"), lock.Options{
		OnWait: func(_ string, h lock.Holder) { s.note("waiting for %s, which makes the view", h) },
	})
	if err != nil {
		return nil, err
	}
	return locker.Lock(ctx, "view", lock.Exclusive)
}

// viewRecord is where an environment keeps the paths at which it may have a view, so that one that moved in env.yaml is found again.
func (e *Environment) viewRecord() string { return filepath.Join(e.StateDir(), "views.json") }

func (e *Environment) recordedViews() ([]string, error) {
	data, err := os.ReadFile(e.viewRecord())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	var paths []string
	if err := json.Unmarshal(data, &paths); err != nil {
		return nil, withHint(fmt.Errorf("read views: %s: %w", e.viewRecord(), err), "remove that file; a view at a former path is then yours to remove")
	}
	return paths, nil
}

// recordViews replaces the record, unless it says so already.
func (e *Environment) recordViews(before, paths []string) error {
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if slices.Equal(before, paths) {
		return nil
	}
	if len(paths) == 0 {
		if err := os.Remove(e.viewRecord()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write views: %w", err)
		}
		return nil
	}
	data, err := json.Marshal(paths)
	if err != nil {
		return fmt.Errorf("write views: %w", err)
	}
	return writeFile(e.viewRecord(), append(data, '\n'))
}
