#include "parse.h"

#include <string.h>

static bool is(const char *a, const char *b) { return !strcmp(a, b); }

static bool one_of(const char *const *list, const char *a)
{
	for (; *list; list++)
		if (is(*list, a))
			return true;
	return false;
}

/* Options whose value is the next argument, so that it is never taken for an option or an input. */
static const char *const with_value[] = {
	"-o", "-x", "-include", "-imacros", "-MF", "-MT", "-MQ", "-D", "-U", "-u", "-T", "-z", "-J", "--param", "-Xpreprocessor", "-Xassembler",
	"-Xclang", "-iquote", "-idirafter", "-iprefix", "-isysroot", "-imultilib", "-aux-info", "-target", "-e", "-A", "-B", "-l", "-dumpbase",
	"-dumpdir", "-specs", "-wrapper", NULL,
};

/* Options that make the compiler print instead of work, whatever else is there. */
static const char *const queries[] = {
	"--version", "-V", "-dumpversion", "-dumpfullversion", "-dumpmachine", "-dumpspecs", "-###", "--help", "-help", "-qversion", NULL,
};
static bool is_query(const char *a)
{
	return one_of(queries, a) || bw_begins(a, "-print-") || bw_begins(a, "--print-") || bw_begins(a, "--help=");
}

/* Flags that tie the result to the machine that builds it; the node's target decides instead. Other -march flags stay, since
   packages compile kernels for several processors with them. */
static const char *const host_flags[] = {
	"-march=native", "-mtune=native", "-mcpu=native", "-xHost", "-xhost", "-tp=host", "-tp=native", NULL,
};

/* Whether the compiler and the loader search dir without being told. */
static bool is_system(const struct bw_config *c, const char *dir) { return dir[0] == '/' && bw_has(&c->system, bw_clean(dir)); }

/* Whether dir belongs to neither the store nor the stage. Relative directories and those that begin with $ORIGIN are in the build or
   the package itself. */
static bool is_foreign(const struct bw_config *c, const char *dir)
{
	if (dir[0] != '/')
		return false;
	const char *clean = bw_clean(dir);
	for (size_t i = 0; i < c->own.len; i++) {
		size_t n = strlen(c->own.at[i]);
		if (!strncmp(clean, c->own.at[i], n) && (!clean[n] || clean[n] == '/'))
			return false;
	}
	return true;
}

/* Directories of libraries that stand in for a driver's while linking (CUDA's lib64/stubs). A program that found them when it runs
   would get functions that do nothing. */
static bool is_stubs(const char *dir) { return is(bw_base(dir), "stubs"); }

/* Sorts one -I, -L or -isystem. */
static void directory(struct line *l, const char *option, const char *dir)
{
	if (is_system(l->c, dir))
		return;
	if (is(option, "-isystem")) {
		bw_push(&l->rest, option);
		bw_push(&l->rest, dir);
	} else if (!is_foreign(l->c, dir))
		bw_push(&l->rest, bw_concat(option, dir, ""));
	else
		bw_push(is(option, "-I") ? &l->includes : &l->libs, dir);
}

/* Whether list is what CMake writes in a build tree: directories of the build, and colons behind them, to make room for what it will
   install with. Then it looks for this very text, and leaves the build's directories in the file if it is not there. */
static bool is_padded(const struct bw_config *c, const char *list)
{
	size_t len = strlen(list);
	if (!len || list[len - 1] != ':')
		return false;
	bool found = false;
	struct bw_list dirs = bw_split(list, ':');
	for (size_t i = 0; i < dirs.len; i++) {
		if (is_system(c, dirs.at[i]) || is_stubs(dirs.at[i]) || is_foreign(c, dirs.at[i]))
			return false;
		found = found || *dirs.at[i];
	}
	return found;
}

/* Sorts the value of one -rpath, which may be a list. */
static void rpath(struct line *l, const char *list)
{
	if (is_padded(l->c, list)) {
		bw_push(&l->rpaths, list);
		return;
	}
	struct bw_list dirs = bw_split(list, ':');
	for (size_t i = 0; i < dirs.len; i++) {
		const char *dir = dirs.at[i];
		if (*dir && !is_system(l->c, dir) && !is_stubs(dir))
			bw_push(is_foreign(l->c, dir) ? &l->foreign : &l->rpaths, dir);
	}
}

/* Takes one option of the linker, or does not: then it goes back as it came. */
static bool linker_option(struct line *l, const char *o)
{
	if (l->pending) {
		l->pending = false;
		rpath(l, o);
	} else if (is(o, "-rpath") || is(o, "--rpath") || is(o, "-R"))
		l->pending = true;
	else if (bw_begins(o, "-rpath=") || bw_begins(o, "--rpath="))
		rpath(l, strchr(o, '=') + 1);
	else if (bw_begins(o, "-R/"))
		rpath(l, o + 2);
	else if (is(o, "--enable-new-dtags") || is(o, "-enable-new-dtags"))
		; /* DT_RUNPATH would lose against the LD_LIBRARY_PATH that site modules set */
	else if (bw_begins(o, "-L") && o[2] && is_system(l->c, o + 2))
		;
	else {
		if ((is(o, "-r") || is(o, "--relocatable")) && l->mode == link_all)
			l->mode = partial;
		return false;
	}
	return true;
}

/* Handles the options that one -Wl passes on. Those that are neither about RPATHs nor about search directories stay together. */
static void linker_options(struct line *l, const char *list)
{
	struct bw_list opts = bw_split(list, ','), keep = {0};
	for (size_t i = 0; i < opts.len; i++)
		if (!linker_option(l, opts.at[i]))
			bw_push(&keep, opts.at[i]);
	if (keep.len)
		bw_push(&l->rest, bw_concat("-Wl,", bw_join(&keep, ","), ""));
}

static void linker_word(struct line *l, const char *word)
{
	if (!linker_option(l, word)) {
		bw_push(&l->rest, "-Xlinker");
		bw_push(&l->rest, word);
	}
}

static void set_mode(struct line *l, const char *a)
{
	if (a[0] != '-' || !a[1]) {
		l->inputs++; /* a file, standard input, or @file, which holds more of either */
		return;
	}
	if (l->mode == query)
		return;
	if (is(a, "-E") || is(a, "-M") || is(a, "-MM"))
		l->mode = preprocess;
	else if ((is(a, "-c") || is(a, "-S") || is(a, "-fsyntax-only")) && l->mode != preprocess)
		l->mode = compile;
	else if ((is(a, "-r") || is(a, "--relocatable")) && l->mode == link_all)
		l->mode = partial;
}

/* Takes an argument, with the next one (NULL: there is none) if it returns true. */
static bool argument(struct line *l, const char *a, const char *next)
{
	if (a[0] != '-') {
		l->inputs++;
	} else if (is_query(a)) {
		l->mode = query;
		l->inputs = 0;
	} else if (one_of(host_flags, a)) {
		return false;
	} else if (is(a, "-I") || is(a, "-L") || is(a, "-isystem")) {
		if (next) {
			directory(l, a, next);
			return true;
		}
	} else if (bw_begins(a, "-isystem")) {
		directory(l, "-isystem", a + strlen("-isystem"));
		return false;
	} else if (bw_begins(a, "-I") || bw_begins(a, "-L")) {
		directory(l, a[1] == 'I' ? "-I" : "-L", a + 2);
		return false;
	} else if (bw_begins(a, "-Wl,")) {
		linker_options(l, a + strlen("-Wl,"));
		return false;
	} else if (is(a, "-Xlinker")) {
		if (next) {
			linker_word(l, next);
			return true;
		}
	} else if (one_of(with_value, a)) {
		if (next) {
			bw_push(&l->rest, a);
			bw_push(&l->rest, next);
			return true;
		}
	} else
		set_mode(l, a);
	bw_push(&l->rest, a);
	return false;
}

/* Takes the command line of a compiler apart. */
struct line bw_parse(const struct bw_config *c, const struct bw_list *args)
{
	struct line l = {.c = c, .mode = link_all};
	for (size_t i = 0; i < args->len; i++)
		if (argument(&l, args->at[i], i + 1 < args->len ? args->at[i + 1] : NULL))
			i++;
	if (l.pending)
		bw_push(&l.rest, "-Wl,-rpath"); /* its value is missing: let the linker say so */
	if (!l.inputs)
		l.mode = query;
	return l;
}

/* Options of the linker itself whose value is the next argument. */
static const char *const linker_with_value[] = {"-o", "-z", "-m", "-T", "-soname", "-h", "-e", NULL};

static bool is_rpath_option(const char *a)
{
	if (bw_begins(a, "-rpath-link") || bw_begins(a, "--rpath-link"))
		return false;
	return bw_begins(a, "-rpath") || bw_begins(a, "--rpath") || bw_begins(a, "-R/") || is(a, "-R") || bw_begins(a, "--enable-new-dtags") ||
	       bw_begins(a, "-enable-new-dtags");
}

/* Takes the command line of ld apart, which a few old makefiles call themselves. Its options are the words that -Wl passes on. */
struct line bw_parse_linker(const struct bw_config *c, const struct bw_list *args)
{
	struct line l = {.c = c, .mode = link_all};
	for (size_t i = 0; i < args->len; i++) {
		const char *a = args->at[i], *next = i + 1 < args->len ? args->at[i + 1] : NULL;
		if (is(a, "-v") || is(a, "-V") || is(a, "--version") || is(a, "--help") || bw_begins(a, "--print-") || bw_begins(a, "-print-")) {
			l.mode = query;
			return l;
		}
		if (l.pending || is_rpath_option(a)) {
			if (!linker_option(&l, a))
				bw_push(&l.rest, a);
		} else if (next && is(a, "-L")) {
			directory(&l, "-L", next);
			i++;
		} else if (next && one_of(linker_with_value, a)) {
			bw_push(&l.rest, a);
			bw_push(&l.rest, next);
			i++;
		} else if (bw_begins(a, "-L"))
			directory(&l, "-L", a + 2);
		else {
			if (is(a, "-r") || is(a, "--relocatable") || is(a, "-i"))
				l.mode = partial;
			bw_push(&l.rest, a);
		}
	}
	return l;
}
