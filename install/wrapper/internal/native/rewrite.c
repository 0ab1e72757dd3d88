#include "parse.h"

#include <string.h>

/* The flags of the target and the spec for that language and mode. */
static void leading_flags(struct bw_list *out, const struct bw_config *c, enum bw_language l, enum mode m)
{
	static const enum bw_kind own[bw_languages] = {[bw_c] = bw_cflags, [bw_cxx] = bw_cxxflags, [bw_fortran] = bw_fflags};
	bw_push_all(out, &c->target[l]);
	bw_push_all(out, &c->flags[bw_cppflags]);
	bw_push_all(out, &c->flags[own[l]]);
	if (m == link_all)
		bw_push_all(out, &c->flags[bw_ldflags]);
}

/* Appends option+dir for each directory of both lists once, unless the line has it already. */
static void add_dirs(struct bw_list *out, const char *option, const struct bw_list *dirs, const struct bw_list *more)
{
	struct bw_list have = {0}, all = {0};
	for (size_t i = 0; i < out->len; i++)
		if (bw_begins(out->at[i], option))
			bw_push(&have, out->at[i] + strlen(option));
	bw_merge(&all, dirs);
	bw_merge(&all, more);
	for (size_t i = 0; i < all.len; i++)
		if (!bw_has(&have, all.at[i]))
			bw_push(out, bw_concat(option, all.at[i], ""));
}

/* The RPATHs of what is linked: the package's own wishes, then those of the configuration, then what belongs to others. */
static struct bw_list rpaths_of(const struct bw_config *c, const struct line *in)
{
	struct bw_list all = {0};
	bw_merge(&all, &in->rpaths);
	bw_merge(&all, &c->rpath);
	bw_merge(&all, &in->foreign);
	return all;
}

static struct bw_list rewrite_linker(const struct bw_config *c, const struct bw_list *args)
{
	struct line in = bw_parse_linker(c, args);
	if (in.mode == query)
		return *args;
	struct bw_list out = in.rest;
	add_dirs(&out, "-L", &c->lib, &in.libs);
	if (in.mode == partial)
		return out;
	bw_push(&out, "--disable-new-dtags");
	struct bw_list rpaths = rpaths_of(c, &in);
	for (size_t i = 0; i < rpaths.len; i++) {
		bw_push(&out, "-rpath");
		bw_push(&out, rpaths.at[i]);
	}
	return out;
}

/* The arguments that the real compiler gets in place of args. The order is: flags of target and spec, so that what the package itself
   says wins; the package's own arguments; the dependencies' directories; foreign directories; RPATHs; the spec's libraries. */
struct bw_list bw_rewrite(const struct bw_config *c, enum bw_language l, const struct bw_list *args)
{
	if (l == bw_linker)
		return rewrite_linker(c, args);
	struct line in = bw_parse(c, args);
	if (in.mode == query)
		return *args;
	struct bw_list out = {0};
	leading_flags(&out, c, l, in.mode);
	bw_push_all(&out, &in.rest);
	add_dirs(&out, "-I", &c->include, &in.includes);
	if (in.mode == link_all || in.mode == partial)
		add_dirs(&out, "-L", &c->lib, &in.libs);
	if (in.mode != link_all)
		return out;
	bw_push(&out, "-Wl,--disable-new-dtags");
	struct bw_list rpaths = rpaths_of(c, &in);
	for (size_t i = 0; i < rpaths.len; i++)
		bw_push(&out, bw_concat("-Wl,-rpath,", rpaths.at[i], ""));
	bw_push_all(&out, &c->flags[bw_ldlibs]);
	return out;
}
