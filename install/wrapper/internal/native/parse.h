/* A command line of a compiler in its parts: what parse.c makes, and rewrite.c puts together again. */
#ifndef BERTH_PARSE_H
#define BERTH_PARSE_H

#include "wrapper.h"

/* What a command line makes the compiler do. */
enum mode {
	query,      /* print something about the compiler, or nothing at all: passed on untouched */
	preprocess, /* -E, -M, -MM */
	compile,    /* -c, -S, -fsyntax-only */
	link_all,   /* an executable or a shared library */
	partial,    /* -r: one object of many */
};

/* Directories that are the system's own are gone, as are flags that must not be there. */
struct line {
	enum mode mode;
	struct bw_list rest;     /* everything else, in order, with the own -I, -L and -isystem where they were */
	struct bw_list includes; /* directories of -I that are neither the system's nor our own ("foreign"), in order */
	struct bw_list libs;     /* of -L, likewise */
	struct bw_list rpaths;   /* own directories asked for with -rpath, in order */
	struct bw_list foreign;  /* foreign directories of -rpath */

	/* While it is read: */
	const struct bw_config *c;
	size_t inputs;
	bool pending; /* the last linker option was a -rpath whose value is still to come, maybe in another -Wl or -Xlinker */
};

struct line bw_parse(const struct bw_config *c, const struct bw_list *args);
struct line bw_parse_linker(const struct bw_config *c, const struct bw_list *args);

#endif
