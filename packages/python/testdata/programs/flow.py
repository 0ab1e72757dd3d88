from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import nothing_of_the_kind


def check(got, want):
    assert got == want, "got %r, want %r" % (got, want)


# Loops.
out = []
for i in range(5):
    if i == 1:
        continue
    if i == 4:
        break
    out.append(i)
else:
    out.append("else")
for i in []:
    pass
else:
    out.append("empty else")
n = 0
while n < 3:
    n += 1
else:
    out.append("while else")
check(out, [0, 2, 3, "empty else", "while else"])

# Exceptions.
log = []


def risky(kind):
    try:
        log.append("try")
        if kind == "key":
            {}["missing"]
        elif kind == "value":
            raise ValueError("bad", 1)
        elif kind == "return":
            return "returned"
    except KeyError as e:
        log.append(("key", str(e), e.args))
    except (ValueError, TypeError) as e:
        log.append(("value", str(e), repr(e)))
        raise RuntimeError("wrapped") from e
    else:
        log.append("else")
    finally:
        log.append("finally")
    return "end"


check(risky("none"), "end")
check(risky("key"), "end")
check(risky("return"), "returned")
try:
    risky("value")
except RuntimeError as e:
    check((str(e), type(e.__cause__).__name__), ("wrapped", "ValueError"))
check(log, [
    "try", "else", "finally", "try", ("key", "'missing'", ("missing",)), "finally", "try", "finally",
    "try", ("value", "('bad', 1)", "ValueError('bad', 1)"), "finally",
])


def swallow():
    for i in range(3):
        try:
            raise ValueError
        finally:
            if i == 1:
                return i
            continue


check(swallow(), 1)


def reraise():
    try:
        try:
            raise KeyError("a")
        except KeyError:
            raise
    except LookupError as e:
        return "caught " + str(e)


check(reraise(), "caught 'a'")


class Custom(Exception):
    def __init__(self, msg, code):
        super().__init__(msg)
        self.code = code


class Sub(Custom):
    def __str__(self):
        return "sub:" + self.args[0]


try:
    raise Sub("x", 3)
except Custom as e:
    check((str(e), e.code, e.args, isinstance(e, Exception)), ("sub:x", 3, ("x",), True))
try:
    e
except NameError:
    pass
else:
    assert False, "e should be unbound"

try:
    raise IndexError
except Exception as e:
    check((str(e), repr(e)), ("", "IndexError()"))

try:
    assert 1 == 2, "message"
except AssertionError as e:
    check(str(e), "message")

# with.
trace = []


class Manager:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        trace.append("enter " + self.name)
        return self

    def __exit__(self, kind, value, tb):
        trace.append("exit %s %s" % (self.name, kind.__name__ if kind else None))
        return self.swallow


with Manager("a") as m, Manager("b"):
    trace.append(m.name)
with Manager("c", swallow=True):
    raise ValueError
with (Manager("p") as p, Manager("q")):
    pass


def from_with():
    with Manager("r"):
        return "value"


check(from_with(), "value")
check(trace, [
    "enter a", "enter b", "a", "exit b None", "exit a None", "enter c", "exit c ValueError", "enter p", "enter q", "exit q None",
    "exit p None", "enter r", "exit r None",
])

# Assignments.
a, (b, *c), d = 1, (2, 3, 4), 5
check((a, b, c, d), (1, 2, [3, 4], 5))
*first, last = "abc"
check((first, last), (["a", "b"], "c"))
x = y = [1]
x += [2]
check(y, [1, 2])
[p, q] = 1, 2
p, q = q, p
check((p, q), (2, 1))
lst = [1, 2, 3, 4, 5]
lst[1:3] = ["x"]
check(lst, [1, "x", 4, 5])
del lst[0], lst[-1]
check(lst, ["x", 4])
lst[::2] = [9]
check(lst, [9, 4])
m: int = 5
o: "undefined_annotation"
s = 1
s <<= 3
s |= 1
s **= 2
s //= 2
s %= 7
check(s, 5)
d = {"a": {"b": 1}}
d["a"]["b"] += 1
del d["a"]["b"]
check(d, {"a": {}})
if (n := len("abc")) == 3:
    check(n, 3)
for i, (j, k) in enumerate([(1, 2), (3, 4)]):
    pass
check((i, j, k), (1, 3, 4))

try:
    a, b = 1, 2, 3
except ValueError as e:
    check(str(e), "too many values to unpack (expected 2)")
try:
    a, b, c = [1, 2]
except ValueError as e:
    check(str(e), "not enough values to unpack (expected 3, got 2)")

# Line joining and odd layout.
total = 1 + \
    2
if total == 3: check(total, 3); total = 4
check((total,
       # a comment
       5), (4, 5))
if True:
	tabbed = 1
check(tabbed, 1)
