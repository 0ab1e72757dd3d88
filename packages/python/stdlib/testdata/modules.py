import collections
import contextlib
import copy
import enum
import fnmatch
import functools
import itertools
import json
import math
import operator
import posixpath as path
import shlex
import string
import textwrap
import urllib.parse
from collections import OrderedDict, defaultdict, namedtuple
from typing import Dict, List, Optional


def check(got, want):
    assert got == want, "got %r, want %r" % (got, want)


check(list(itertools.product("ab", [1, 2])), [("a", 1), ("a", 2), ("b", 1), ("b", 2)])
check(len(list(itertools.product(range(3), repeat=3))), 27)
check(list(itertools.permutations("abc", 2))[:3], [("a", "b"), ("a", "c"), ("b", "a")])
check(len(list(itertools.permutations(range(4)))), 24)
check(list(itertools.combinations("abc", 2)), [("a", "b"), ("a", "c"), ("b", "c")])
check(list(itertools.combinations_with_replacement("ab", 2)), [("a", "a"), ("a", "b"), ("b", "b")])
check(list(itertools.chain([1], (2, 3), "4")), [1, 2, 3, "4"])
check(list(itertools.chain.from_iterable([[1], [2]])), [1, 2])
check(list(itertools.islice(itertools.count(5, 2), 1, 6, 2)), [7, 11, 15])
check(list(itertools.zip_longest("ab", "c", fillvalue="-")), [("a", "c"), ("b", "-")])
check(list(itertools.takewhile(lambda x: x < 3, [1, 2, 3, 1])), [1, 2])
check(list(itertools.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), [3, 1])
check([(k, list(g)) for k, g in itertools.groupby("aabc")], [("a", ["a", "a"]), ("b", ["b"]), ("c", ["c"])])
check(list(itertools.accumulate([1, 2, 3])), [1, 3, 6])
check(list(itertools.starmap(pow, [(2, 3), (3, 2)])), [8, 9])
check(list(itertools.repeat("x", 2)), ["x", "x"])
check(list(itertools.pairwise("abc")), [("a", "b"), ("b", "c")])

check(functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]), 24)
check(functools.partial(int, base=2)("101"), 5)
check(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)), [3, 2, 1])


@functools.lru_cache(maxsize=None)
def double(x):
    """Doubles."""
    return 2 * x


check(double(4), 8)


@functools.total_ordering
class Level:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


check((Level(1) <= Level(1), Level(2) > Level(1), Level(1) >= Level(2)), (True, True, False))

Point = namedtuple("Point", "x y", defaults=[0])
p = Point(3)
check((p.x, p.y, p == (3, 0), repr(p), p._asdict(), p._replace(y=5)), (3, 0, True, "Point(x=3, y=0)", {"x": 3, "y": 0}, (3, 5)))
x, y = p
check(len(p) + p[0], 5)
d = defaultdict(list)
d["a"].append(1)
check(d, {"a": [1]})
check(collections.Counter("abca").most_common(1), [("a", 2)])
check(list(OrderedDict([("b", 1), ("a", 2)])), ["b", "a"])
q = collections.deque([1, 2])
q.appendleft(0)
check((q.popleft(), list(q)), (0, [1, 2]))
check(isinstance([], collections.abc.Iterable), True)
check(isinstance(3, collections.abc.Iterable), False)
check(isinstance({}, collections.abc.Mapping), True)


class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()
    CRIMSON = 1

    @property
    def nice(self):
        return self.name.lower()


check((Color.RED.name, Color.GREEN.value, Color(2) is Color.GREEN, Color["RED"] is Color.RED), ("RED", 2, True, True))
check([c.nice for c in Color], ["red", "green"])
check((Color.CRIMSON is Color.RED, str(Color.RED), repr(Color.RED)), (True, "Color.RED", "<Color.RED: 1>"))

check(path.join("a", "b", "/c", "d"), "/c/d")
check((path.basename("/a/b.c"), path.dirname("/a/b.c"), path.splitext("a/.b")), ("b.c", "/a", ("a/.b", "")))
check(path.splitext("a.tar.gz"), ("a.tar", ".gz"))
check(path.normpath("a//b/../c/."), "a/c")
check(path.relpath("/a/b/c", "/a/d"), "../b/c")
check(path.commonprefix(["/usr/lib", "/usr/local"]), "/usr/l")
check(path.split("/a"), ("/", "a"))

u = urllib.parse.urlparse("https://user@example.org:8080/a/b;p?q=1#f")
check((u.scheme, u.netloc, u.path, u.params, u.query, u.fragment, u.port, u.hostname), ("https", "user@example.org:8080", "/a/b", "p", "q=1", "f", 8080, "example.org"))
check(urllib.parse.urljoin("https://e.org/a/b", "../c"), "https://e.org/c")
check(urllib.parse.urljoin("https://e.org/a/b/", "c"), "https://e.org/a/b/c")
check(urllib.parse.quote("a b/ü"), "a%20b/%C3%BC")
check(urllib.parse.unquote("a%20b"), "a b")
check(urllib.parse.urlencode({"a": 1, "b": "x y"}), "a=1&b=x+y")
check(u.geturl(), "https://user@example.org:8080/a/b;p?q=1#f")

check(json.loads('{"a": [1, 2.5, "x", null, true]}'), {"a": [1, 2.5, "x", None, True]})
check(json.dumps({"a": [1, "é"]}), '{"a": [1, "\\u00e9"]}')
check(json.dumps({"b": 1, "a": []}, indent=2, sort_keys=True), '{\n  "a": [],\n  "b": 1\n}')
check(math.floor(-2.5) + math.ceil(2.5), 0)
check(math.gcd(12, 18), 6)
check(string.ascii_lowercase[:3], "abc")
check(textwrap.dedent("\n  a\n    b\n"), "\na\n  b\n")
check(textwrap.indent("a\n\nb", "> "), "> a\n\n> b")
check(textwrap.wrap("the quick brown fox", 10), ["the quick", "brown fox"])
check(shlex.split("a 'b c' \"d\\\"e\" f\\ g"), ["a", "b c", 'd"e', "f g"])
check(shlex.quote("it's"), "'it'\"'\"'s'")
check(fnmatch.fnmatch("libfoo.so", "lib*.so"), True)
check(fnmatch.filter(["a.c", "b.h"], "*.[ch]"), ["a.c", "b.h"])
check(operator.itemgetter(1)([5, 6]), 6)
a = [1, [2]]
b = copy.deepcopy(a)
b[1].append(3)
check(a, [1, [2]])
check(copy.copy(a) == a, True)


@contextlib.contextmanager
def tag(log):
    log.append("in")
    try:
        yield 7
    finally:
        log.append("out")


log = []
with tag(log) as seven:
    log.append(seven)
check(log, ["in", 7, "out"])
with contextlib.suppress(KeyError):
    {}["x"]


def annotated(x: Optional[int], y: Dict[str, List[int]] = {}) -> "List[str]":
    return []
