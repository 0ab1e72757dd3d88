// Package yamlrecipe reads recipes written in YAML: fifteen lines for an ordinary library, no code is run to read them, and
// every mistake has its file, line and column. A directory of them is a packages.Repo.
//
// It also holds the build systems that such recipes name (autotools, cmake, makefile, script, bundle): a recipe's build is
// planned as data for a node, that plan is what the node's digest covers, and the same plan is carried out by the build.
//
// The format is described in docs/recipes.md and, for editors, in recipe.schema.json.
//
// Read recipe.go (a recipe's keys), versions.go and directives.go (what they hold), template.go (the text in braces), build.go (the
// section build), systems.go and its neighbours (build systems), plan.go and actions.go (the build of a node), references.go
// (names checked at reading), repo.go (directories of recipes).
package yamlrecipe
