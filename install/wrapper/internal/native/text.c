#include "wrapper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All memory comes out of blocks that are given back together, or not at all, when the process becomes the compiler. */
struct block {
	struct block *next;
	size_t used, room;
	_Alignas(16) char bytes[];
};

static _Thread_local struct block *blocks; /* Go may call from several threads at once */

enum { block_room = 60 << 10 };

void *bw_take(size_t size)
{
	size = (size + 15) & ~(size_t)15;
	if (!blocks || blocks->room - blocks->used < size) {
		size_t room = size > block_room ? size : block_room;
		struct block *b = malloc(sizeof *b + room);
		if (!b) {
			static const char text[] = "berth compiler wrapper: there is no memory left\n";
			if (write(2, text, sizeof text - 1) < 0)
				_exit(1);
			_exit(1);
		}
		*b = (struct block){.next = blocks, .room = room};
		blocks = b;
	}
	void *p = blocks->bytes + blocks->used;
	blocks->used += size;
	return p;
}

void bw_release(void)
{
	while (blocks) {
		struct block *next = blocks->next;
		free(blocks);
		blocks = next;
	}
}

char *bw_copy(const char *s, size_t len)
{
	char *to = bw_take(len + 1);
	memcpy(to, s, len);
	to[len] = 0;
	return to;
}

char *bw_concat(const char *a, const char *b, const char *c)
{
	size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
	char *to = bw_take(na + nb + nc + 1);
	memcpy(to, a, na);
	memcpy(to + na, b, nb);
	memcpy(to + na + nb, c, nc + 1);
	return to;
}

void bw_push(struct bw_list *l, const char *s)
{
	if (l->len == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		const char **at = bw_take(room * sizeof *at);
		if (l->len)
			memcpy(at, l->at, l->len * sizeof *at);
		l->at = at;
		l->room = room;
	}
	l->at[l->len++] = s;
}

void bw_push_all(struct bw_list *l, const struct bw_list *more)
{
	for (size_t i = 0; i < more->len; i++)
		bw_push(l, more->at[i]);
}

bool bw_has(const struct bw_list *l, const char *s)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->at[i], s))
			return true;
	return false;
}

/* Appends what the list has not yet. */
void bw_merge(struct bw_list *l, const struct bw_list *more)
{
	for (size_t i = 0; i < more->len; i++)
		if (!bw_has(l, more->at[i]))
			bw_push(l, more->at[i]);
}

/* A text without separators is one part, the empty text too. */
struct bw_list bw_split(const char *s, char sep)
{
	struct bw_list parts = {0};
	for (;;) {
		const char *end = strchr(s, sep);
		if (!end) {
			bw_push(&parts, s);
			return parts;
		}
		bw_push(&parts, bw_copy(s, (size_t)(end - s)));
		s = end + 1;
	}
}

char *bw_join(const struct bw_list *l, const char *sep)
{
	size_t len = 1, nsep = strlen(sep);
	for (size_t i = 0; i < l->len; i++)
		len += strlen(l->at[i]) + nsep;
	char *to = bw_take(len), *p = to;
	for (size_t i = 0; i < l->len; i++) {
		if (i) {
			memcpy(p, sep, nsep);
			p += nsep;
		}
		size_t n = strlen(l->at[i]);
		memcpy(p, l->at[i], n);
		p += n;
	}
	*p = 0;
	return to;
}

bool bw_begins(const char *s, const char *prefix) { return !strncmp(s, prefix, strlen(prefix)); }

/* The last element of a path. */
const char *bw_base(const char *path)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	size_t from = len;
	while (from > 0 && path[from - 1] != '/')
		from--;
	return bw_copy(path + from, len - from);
}

/* A path without its last element. */
const char *bw_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return slash == path ? "/" : bw_clean(bw_copy(path, (size_t)(slash - path)));
}

/* The shortest form of a path: what Go calls path.Clean. */
const char *bw_clean(const char *path)
{
	bool absolute = path[0] == '/';
	struct bw_list parts = bw_split(path, '/'), kept = {0};
	for (size_t i = 0; i < parts.len; i++) {
		const char *e = parts.at[i];
		if (!*e || !strcmp(e, "."))
			continue;
		if (strcmp(e, ".."))
			bw_push(&kept, e);
		else if (kept.len && strcmp(kept.at[kept.len - 1], ".."))
			kept.len--;
		else if (!absolute)
			bw_push(&kept, e);
	}
	if (!kept.len)
		return absolute ? "/" : ".";
	return bw_concat(absolute ? "/" : "", bw_join(&kept, "/"), "");
}
