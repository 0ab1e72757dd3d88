// Package spackrepo reads a Spack package repository as a packages.Repo, without Python: a recipe is evaluated by
// packages/python, and what its directives say becomes a packages.Recipe.
//
// It knows package API v1 (packages/<name>/package.py, base classes in Spack itself) and v2 (repo.yaml, modules
// spack_repo.<namespace>, base classes in the repository). Base classes are interpreted from the repository that a recipe
// belongs to; no build system is written down here. Build methods are not run yet: a recipe tells where they are (record.Builder).
//
// It remembers nothing between processes: packages/spackrepo/index does.
//
// Read repo.go (the Repo), layout.go (where a repository keeps what), host.go (what a recipe may ask of the machine), evaluate.go
// (one recipe), modules.go (what a recipe can import), directives.go and the api_*.go (the module spack.package), collect.go (from
// an evaluated class to a record.Package); then the sub-package record.
package spackrepo
