#include "wrapper.h"

#include <string.h>

const char bw_config_name[] = "berth-wrapper.conf";

/* The program names that a wrapper directory can have. A name stands here once; what it runs says the configuration. */
static const struct {
	const char *name;
	enum bw_language language;
} names[] = {
	{"cc", bw_c}, {"gcc", bw_c}, {"clang", bw_c}, {"icx", bw_c}, {"icc", bw_c}, {"nvc", bw_c}, {"c89", bw_c}, {"c99", bw_c},
	{"craycc", bw_c}, {"armclang", bw_c}, {"amdclang", bw_c},
	{"c++", bw_cxx}, {"g++", bw_cxx}, {"clang++", bw_cxx}, {"icpx", bw_cxx}, {"icpc", bw_cxx}, {"nvc++", bw_cxx}, {"CC", bw_cxx},
	{"crayCC", bw_cxx}, {"armclang++", bw_cxx}, {"amdclang++", bw_cxx},
	{"fc", bw_fortran}, {"f77", bw_fortran}, {"f90", bw_fortran}, {"f95", bw_fortran}, {"ftn", bw_fortran}, {"gfortran", bw_fortran},
	{"flang", bw_fortran}, {"ifx", bw_fortran}, {"ifort", bw_fortran}, {"nvfortran", bw_fortran}, {"crayftn", bw_fortran},
	{"armflang", bw_fortran}, {"amdflang", bw_fortran},
	{"ld", bw_linker},
};

enum bw_language bw_language_of(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, name))
			return names[i].language;
	return bw_unknown;
}

/* What stands in the configuration by language and by type of flags, in the order of the enums. */
static const char *const languages[bw_languages] = {"c", "cxx", "fortran", "ld"};
static const char *const kinds[bw_kinds] = {"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"};

static int index_of(const char *const *of, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(of[i], name))
			return i;
	return -1;
}

/* Cuts a text at the first of that character; what comes after it, or NULL. */
static char *cut(char *s, char sep)
{
	char *at = strchr(s, sep);
	if (!at)
		return NULL;
	*at = 0;
	return at + 1;
}

static struct bw_list *list_of(struct bw_config *c, const char *key)
{
	if (!strcmp(key, "include"))
		return &c->include;
	if (!strcmp(key, "lib"))
		return &c->lib;
	if (!strcmp(key, "rpath"))
		return &c->rpath;
	if (!strcmp(key, "system"))
		return &c->system;
	if (!strcmp(key, "own"))
		return &c->own;
	return NULL;
}

/* Takes a line of a key, a name and a value. */
static bool named_value(struct bw_config *c, const char *key, char *name)
{
	char *value = name ? cut(name, ' ') : NULL;
	if (!value)
		return false;
	int language = index_of(languages, bw_languages, name), kind = index_of(kinds, bw_kinds, name);
	if (!strcmp(key, "compiler") && language >= 0)
		c->compiler[language] = value;
	else if (!strcmp(key, "target") && language >= 0)
		bw_push(&c->target[language], value);
	else if (!strcmp(key, "flag") && kind >= 0)
		bw_push(&c->flags[kind], value);
	else
		return false;
	return true;
}

const char *bw_parse_config(struct bw_config *c, const char *file, char *text)
{
	for (char *line = text, *rest; line && *line; line = rest) {
		rest = cut(line, '\n');
		const char *whole = bw_copy(line, strlen(line));
		char *value = cut(line, ' ');
		struct bw_list *list = list_of(c, line);
		if (list && value)
			bw_push(list, value);
		else if (!strcmp(line, "log") && value)
			c->log = value;
		else if (!named_value(c, line, value))
			return bw_concat(bw_concat("read ", file, ": it has a line that means nothing: "), whole, "");
	}
	return NULL;
}
