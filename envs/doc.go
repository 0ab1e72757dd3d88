// Package envs holds environments: a directory with an env.yaml that people write and an env.lock that berth writes, and
// what can be done with the two. It is the layer that joins the concretizer, the installer and the module writer.
//
// Read manifest.go (env.yaml's meaning), decode.go and edit.go (its text), lock.go (env.lock), environment.go (a directory with both),
// session.go (where berth works: repositories, configuration, host, store), concretize.go, makelock.go, systems.go and sheet.go (several machines), install.go,
// licenses.go, describe.go (what is told of a lock), importspack.go (environments of Spack; package spackyaml reads them),
// views.go (what goes into a view; package view makes it), activate.go, shell.go.
package envs
