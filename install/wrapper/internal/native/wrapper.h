/*
 * What the files of the compiler wrapper share. See native.go for why it is in C, and in which order to read.
 *
 * Names that the linker sees begin with bw_. Memory comes from an arena (text.c), as the process becomes another one in a moment.
 */
#ifndef BERTH_WRAPPER_H
#define BERTH_WRAPPER_H

#include <stdbool.h>
#include <stddef.h>

enum bw_language { bw_unknown = -1, bw_c, bw_cxx, bw_fortran, bw_linker, bw_languages };
enum bw_kind { bw_cflags, bw_cppflags, bw_cxxflags, bw_fflags, bw_ldflags, bw_ldlibs, bw_kinds };

/* A list of texts that grows. */
struct bw_list {
	const char **at;
	size_t len, room;
};

/* What Config has in wrapper.go. */
struct bw_config {
	const char *compiler[bw_languages];
	struct bw_list target[bw_languages];
	struct bw_list flags[bw_kinds];
	struct bw_list include, lib, rpath, system, own;
	const char *log; /* NULL: none */
};

/* text.c */
void *bw_take(size_t size);
void bw_release(void);
char *bw_copy(const char *s, size_t len);
char *bw_concat(const char *a, const char *b, const char *c);
void bw_push(struct bw_list *l, const char *s);
void bw_push_all(struct bw_list *l, const struct bw_list *more);
bool bw_has(const struct bw_list *l, const char *s);
void bw_merge(struct bw_list *l, const struct bw_list *more);
struct bw_list bw_split(const char *s, char sep);
char *bw_join(const struct bw_list *l, const char *sep);
bool bw_begins(const char *s, const char *prefix);
const char *bw_base(const char *path);
const char *bw_dir(const char *path);
const char *bw_clean(const char *path);

/* config.c */
extern const char bw_config_name[];
enum bw_language bw_language_of(const char *name);
const char *bw_parse_config(struct bw_config *c, const char *file, char *text); /* returns what is wrong, or NULL */

/* rewrite.c */
struct bw_list bw_rewrite(const struct bw_config *c, enum bw_language l, const struct bw_list *args);

/* start.c, for Go: the arguments stand one after the other, each ended by a NUL, and so does what it returns, to be freed. NULL: see error, to be freed. */
char *bw_rewrite_text(const char *config, int language, const char *args, size_t args_len, size_t *len, char **error);

#endif
