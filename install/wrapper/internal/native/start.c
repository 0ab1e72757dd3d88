#define _GNU_SOURCE /* program_invocation_short_name */
#include "wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* Says on stderr why there is no compiler, and ends. */
static _Noreturn void fail(const char *what, const char *more, const char *end)
{
	const char *text = bw_concat(bw_concat("berth compiler wrapper: ", what, more), end, "\n");
	if (write(2, text, strlen(text)) < 0)
		_exit(1);
	_exit(1);
}

/* Reads a whole file, with a NUL behind it. */
static char *read_file(const char *path, size_t *len)
{
	int fd;
	while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR)
		;
	if (fd < 0)
		fail("read ", path, bw_concat(": ", strerror(errno), ""));
	size_t room = 16 << 10;
	char *text = bw_take(room);
	*len = 0;
	for (;;) {
		if (*len == room - 1) {
			char *larger = bw_take(2 * room);
			memcpy(larger, text, *len);
			text = larger;
			room *= 2;
		}
		ssize_t n = read(fd, text + *len, room - 1 - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail("read ", path, bw_concat(": ", strerror(errno), ""));
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	text[*len] = 0;
	return text;
}

/* The texts of which each ends with a NUL. */
static struct bw_list texts(const char *s, size_t len)
{
	struct bw_list l = {0};
	for (const char *end = s + len; s < end; s += strlen(s) + 1)
		bw_push(&l, s);
	return l;
}

static bool exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

/* Finds the directory that the wrapper was called in. Called by bare name, argv[0] does not tell; the kernel resolved the link, so that
   /proc/self/exe does not either. */
static const char *wrapper_dir(const char *argv0)
{
	if (strchr(argv0, '/'))
		return bw_dir(argv0);
	const char *path = getenv("PATH"), *dir = getenv("BERTH_WRAPPER_DIR");
	struct bw_list dirs = bw_split(path ? path : "", ':');
	for (size_t i = 0; i < dirs.len; i++)
		if (*dirs.at[i] && exists(bw_concat(dirs.at[i], "/", argv0)) && exists(bw_concat(dirs.at[i], "/", bw_config_name)))
			return dirs.at[i];
	if (dir && *dir)
		return dir;
	fail("called as ", argv0, bw_concat(", but no directory of PATH with that name holds ", bw_config_name, "; it works only inside a build"));
}

/* Takes the wrapper's directory from PATH, so that what the compiler runs (its linker above all) is the real thing. */
static char **environment_without(const char *dir)
{
	struct bw_list env = {0};
	dir = bw_clean(dir);
	for (char **e = environ; *e; e++) {
		if (!bw_begins(*e, "PATH=")) {
			bw_push(&env, *e);
			continue;
		}
		struct bw_list dirs = bw_split(*e + strlen("PATH="), ':'), keep = {0};
		for (size_t i = 0; i < dirs.len; i++)
			if (strcmp(bw_clean(dirs.at[i]), dir))
				bw_push(&keep, dirs.at[i]);
		bw_push(&env, bw_concat("PATH=", bw_join(&keep, ":"), ""));
	}
	bw_push(&env, NULL);
	return (char **)env.at;
}

/* How many bytes of s are one character of UTF-8; 0 if they are none. */
static size_t character(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3 : u[0] >= 0xf0 && u[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80) /* a NUL is none, so that nothing behind the end is looked at */
			return 0;
	bool longer_than_needed = (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xf0 && u[1] < 0x90);
	bool no_character = (u[0] == 0xed && u[1] >= 0xa0) || (u[0] == 0xf4 && u[1] >= 0x90);
	return longer_than_needed || no_character ? 0 : n;
}

static const char *json_text(const char *s)
{
	char *to = bw_take(6 * strlen(s) + 3), *p = to;
	*p++ = '"';
	while (*s) {
		size_t n = character(s);
		if (*s == '"' || *s == '\\') {
			*p++ = '\\';
			*p++ = *s;
		} else if ((unsigned char)*s < ' ')
			p += sprintf(p, "\\u%04x", (unsigned)*s);
		else if (n) {
			memcpy(p, s, n);
			p += n;
		} else
			p = stpcpy(p, "\xef\xbf\xbd"); /* U+FFFD */
		s += n ? n : 1;
	}
	strcpy(p, "\"");
	return to;
}

static const char *json(const struct bw_list *l)
{
	struct bw_list quoted = {0};
	for (size_t i = 0; i < l->len; i++)
		bw_push(&quoted, json_text(l->at[i]));
	return bw_join(&quoted, ",");
}

/* Appends one line of JSON; it must never be the reason that a build fails. */
static void debug_log(const char *file, const struct bw_list *called, const struct bw_list *runs)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	const char *text = bw_concat(bw_concat("{\"Called\":[", json(called), "],\"Runs\":["), json(runs), "]}\n");
	for (size_t len = strlen(text); len;) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		text += n;
		len -= (size_t)n;
	}
	close(fd);
}

static _Noreturn void become(enum bw_language language)
{
	static const char *const names[bw_languages] = {"c", "cxx", "fortran", "ld"};
	size_t len;
	const char *line = read_file("/proc/self/cmdline", &len);
	struct bw_list argv = texts(line, len);
	if (!argv.len)
		fail("called without a name", "", "");
	const char *dir = wrapper_dir(argv.at[0]), *file = bw_concat(dir, "/", bw_config_name);
	struct bw_config c = {0};
	const char *wrong = bw_parse_config(&c, file, read_file(file, &len));
	if (wrong)
		fail(wrong, "", "");
	const char *program = c.compiler[language];
	if (!program)
		fail("the package is built with ", bw_base(argv.at[0]),
		     bw_concat(", but its spec has no compiler for that language; its recipe must depend on \"", names[language], "\""));
	struct bw_list args = {.at = argv.at + 1, .len = argv.len - 1}, runs = {0};
	args = bw_rewrite(&c, language, &args);
	bw_push(&runs, program);
	bw_push_all(&runs, &args);
	if (c.log)
		debug_log(c.log, &argv, &runs);
	bw_push(&runs, NULL);
	execve(program, (char **)runs.at, environment_without(dir));
	if (errno == E2BIG) {
		char count[32];
		snprintf(count, sizeof count, "%zu", args.len);
		fail("run ", program, bw_concat(": the command line of ", count, " arguments is too long for the kernel"));
	}
	fail("run ", program, bw_concat(": ", strerror(errno), ""));
}

/* Runs before main, and so before the Go runtime: a process that was called as a compiler goes no further. The C library has set itself up by then, and
   has noted the name. The arguments are read from the kernel, as not every C library hands them to constructors. */
__attribute__((constructor)) static void start(void)
{
	enum bw_language language = bw_language_of(program_invocation_short_name);
	if (language != bw_unknown)
		become(language);
}

char *bw_rewrite_text(const char *config, int language, const char *args, size_t args_len, size_t *len, char **error)
{
	struct bw_config c = {0};
	const char *wrong = bw_parse_config(&c, bw_config_name, bw_copy(config, strlen(config)));
	char *result = NULL;
	if (wrong)
		*error = strdup(wrong);
	else {
		struct bw_list list = texts(bw_copy(args, args_len), args_len), out = bw_rewrite(&c, (enum bw_language)language, &list);
		*len = 0;
		for (size_t i = 0; i < out.len; i++)
			*len += strlen(out.at[i]) + 1;
		char *p = result = malloc(*len + 1);
		for (size_t i = 0; p && i < out.len; i++)
			p = stpcpy(p, out.at[i]) + 1;
	}
	bw_release();
	return result;
}
