import re


def check(got, want):
    assert got == want, "got %r, want %r" % (got, want)


check(re.sub("x*", "-", "abxd"), "-a-b--d-")
check(re.findall(r"\d+", "a1b22c333"), ["1", "22", "333"])
check(re.findall(r"(\w)(\d)", "a1 b2"), [("a", "1"), ("b", "2")])
check(re.split(r"[,;]\s*", "a, b;c"), ["a", "b", "c"])
check(re.split(r"(,)", "a,b"), ["a", ",", "b"])
check(re.split(r"x*", "axbc"), ["", "a", "", "b", "c", ""])
m = re.search(r"(?P<major>\d+)\.(?P<minor>\d+)", "version 12.34 or so")
check(m.group("major"), "12")
check(m.groups(), ("12", "34"))
check(m.groupdict(), {"major": "12", "minor": "34"})
check((m.start(), m.end(), m.span(2)), (8, 13, (11, 13)))
check(m[0], "12.34")
check(repr(m), "<re.Match object; span=(8, 13), match='12.34'>")
check(re.match("b", "ab"), None)
check(re.fullmatch("a|ab", "ab").group(), "ab")
check(re.search(r"(?<=-)\w+", "spam-egg").group(), "egg")
check(re.search(r"(?<!-)\b\w+", "-spam egg").group(), "egg")
check(re.search(r"foo(?!bar)", "foobar foobaz").start(), 7)
check(re.sub(r"(\w+) (\w+)", r"\2 \g<1>", "hello world"), "world hello")
check(re.sub("a", lambda m: m.group().upper(), "banana", count=2), "bAnAna")
check(re.subn("a", "b", "aaa"), ("bbb", 3))
check(re.match(r"(a+)+$", "aaa").group(1), "aaa")
check(re.match(r"(a*)*", "b").groups(), ("",))
check(re.match(r"(a|b)*?c", "abc").group(1), "b")
check(re.search("(?i)HELLO", "say hello").group(), "hello")
check(re.findall("^.", "a\nb", re.M), ["a", "b"])
check(re.match(r"(['\"])(.*?)\1", "'it' x").group(2), "it")
check(re.escape("a.b*c-d"), "a\\.b\\*c\\-d")
check(re.match("[^]a]+", "xyz]").group(), "xyz")
check(re.match(r"[\w.-]+", "a-b.c d").group(), "a-b.c")
check(re.compile("a").pattern, "a")
check([m.group() for m in re.finditer("a.", "abacad")], ["ab", "ac", "ad"])
check(re.search("é+", "caféé").span(), (3, 5))
check(re.match("a{2,3}", "aaaa").group(), "aaa")
check(re.match("a{2,3}?", "aaaa").group(), "aa")
check(re.match("a{,2}b", "aab").group(), "aab")
check(re.match("x{a}", "x{a}").group(), "x{a}")
check(re.match(r"(?:(a)|b)+", "ab").groups(), ("a",))
check(re.match(r"(a)?(?(1)b|c)", "ab").group(), "ab")
check(re.match(r"(a)?(?(1)b|c)", "c").group(), "c")
check(re.match(r"""(?x) a  # a letter
    b""", "ab").group(), "ab")
for bad in ["(", ")", "[a", "*a", "a**", "(?P<n>a)(?P<n>b)", r"\q", "(?<=a+)b", "a{3,2}"]:
    try:
        re.compile(bad)
    except re.error:
        pass
    else:
        assert False, bad
