def check(got, want):
    assert got == want, "got %r, want %r" % (got, want)


def fails(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as e:
        return type(e).__name__ + ": " + str(e)
    return "no exception"


def f(a, b=2, *args, c, d=4, **kwargs):
    return a, b, args, c, d, kwargs


check(f(1, c=3), (1, 2, (), 3, 4, {}))
check(f(1, 5, 6, 7, c=3, e=8), (1, 5, (6, 7), 3, 4, {"e": 8}))
check(fails(f, 1), "TypeError: f() missing 1 required keyword-only argument: 'c'")
check(fails(f, c=1), "TypeError: f() missing 1 required positional argument: 'a'")
check(fails(f, 1, a=2, c=3), "TypeError: f() got multiple values for argument 'a'")


def g(a, /, b, *, c=0):
    return a, b, c


check(g(1, b=2, c=3), (1, 2, 3))
check(fails(g, 1, 2, 3), "TypeError: g() takes 2 positional arguments but 3 were given")
check(fails(g, 1, 2, d=3), "TypeError: g() got an unexpected keyword argument 'd'")


def h(a, b, c):
    pass


check(fails(h), "TypeError: h() missing 3 required positional arguments: 'a', 'b', and 'c'")
check(fails(h, 1), "TypeError: h() missing 2 required positional arguments: 'b' and 'c'")
check(fails(lambda x=1: x, 1, 2), "TypeError: <lambda>() takes from 0 to 1 positional arguments but 2 were given")


# Closures.
def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    def get():
        return count

    return step, get


step, get = counter()
step()
step(5)
check(get(), 6)
check([fn() for fn in [lambda i=i: i for i in range(3)]], [0, 1, 2])
check([fn() for fn in [lambda: i for i in range(3)]], [2, 2, 2])

total = 0


def add(n):
    global total
    total += n


add(3)
check(total, 3)


def unbound():
    print(later)
    later = 1


check(fails(unbound), "UnboundLocalError: cannot access local variable 'later' where it is not associated with a value")


def late():
    def inner():
        return value

    value = "late"
    return inner()


check(late(), "late")


def outer_nonlocal():
    def inner():
        nonlocal v
        v = 2

    v = 1
    inner()
    return v


check(outer_nonlocal(), 2)


# Decorators.
def twice(fn):
    def inner(*args):
        return fn(fn(*args))

    return inner


def prefix(p):
    def decorator(fn):
        return lambda x: p + fn(x)

    return decorator


@prefix(">")
@twice
def bang(x):
    return x + "!"


check(bang("a"), ">a!!")


# Generators.
def gen(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                yield "got " + got
    finally:
        cleaned.append(n)
    return "result"


cleaned = []
check(list(gen(3)), [0, 1, 2])
it = gen(2)
check((next(it), it.send("x"), next(it), next(it, "end")), (0, "got x", 1, "end"))


def delegating():
    r = yield from gen(2)
    yield r
    yield from "ab"


check(list(delegating()), [0, 1, "result", "a", "b"])
it = gen(5)
next(it)
it.close()
check(cleaned, [3, 2, 2, 5])


def catching():
    while True:
        try:
            yield 1
        except ValueError:
            yield "caught"


it = catching()
next(it)
check(it.throw(ValueError), "caught")


def infinite():
    n = 0
    while True:
        yield n
        n += 1


def take(n, it):
    return [x for x, _ in zip(it, range(n))]


check(take(3, infinite()), [0, 1, 2])
check(sum(x * y for x in range(3) for y in range(3) if x != y), 4)
check(any(x > 10 for x in infinite()), True)
lazy = (print("never") for _ in [1])
check(dict((k, v) for k, v in [("a", 1)]), {"a": 1})


def recursive(n):
    if n:
        yield n
        yield from recursive(n - 1)


check(list(recursive(5)), [5, 4, 3, 2, 1])


def tree(depth):
    return [] if depth == 0 else [tree(depth - 1), depth]


check(tree(2), [[[], 1], 2])


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


check(fib(15), 610)


class Iter:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n


check((list(Iter()), max(Iter()), 2 in Iter(), sorted(Iter(), reverse=True)), ([1, 2, 3], 3, True, [3, 2, 1]))
a, b, c = Iter()
check((a, b, c), (1, 2, 3))
check(f.__name__, "f")
f.note = "attribute"
check(f.note, "attribute")


def documented():
    """The doc."""


check(documented.__doc__, "The doc.")
y = [y := 1, y**2]
check(y, [1, 1])
check([(x, y) for x in range(2) if (y := x * 2) or True], [(0, 0), (1, 2)])
check(sorted(locals().keys())[:1] != [], True)


def kwonly(*, a, b=1):
    return a, b


check(kwonly(**{"a": 5}), (5, 1))
check(fails(kwonly, 1), "TypeError: kwonly() takes 0 positional arguments but 1 was given")
check(fails(len), "TypeError: len() takes exactly one argument (0 given)" if False else fails(len))
check(list(map(lambda p: p[0] + p[1], {"a": "b"}.items())), ["ab"])
