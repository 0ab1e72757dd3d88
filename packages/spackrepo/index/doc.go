// Package index keeps what the evaluation of a package repository gave, in one file: thousands of recipes that take seconds to evaluate
// open in a millisecond, and one is read in microseconds.
//
// An index is a cache. It can be deleted at any time, is written aside and renamed into place, or has what is new added behind, and its parts
// carry checksums: one that is torn, of another format or of another berth is made anew. A recipe that cannot be evaluated is kept as its error, which whoever asks
// for that recipe gets: one bad recipe does not spoil a repository.
//
// Each recipe is kept with the digests of the files that its evaluation looked at (its own, those of its base classes, its patches). When a
// repository moves on, what has the same files is taken over as it is, and only the rest is evaluated. The content of a commit cannot
// change, so nothing is looked at; the files of a directory are compared by size, time and inode: each recipe's when it is read, or all of
// them (Options.Everything).
//
// It knows nothing of recipes' languages: Source is where they are evaluated.
//
// Read index.go (opening), repo.go (asking), build.go (making and updating), earlier.go (what is taken over), tree.go
// (how files are compared), file.go (the layout of the file), append.go (how it is written), entry.go (one recipe in it), form.go and coder.go (how a recipe is encoded).
package index
