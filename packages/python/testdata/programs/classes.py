def check(got, want):
    assert got == want, "got %r, want %r" % (got, want)


class A:
    """Doc of A."""

    kind = "a"
    __hidden = 1

    def __init__(self, x, *, y=2):
        self.x = x
        self.y = y

    def who(self):
        return "A.who " + self.kind

    @property
    def total(self):
        return self.x + self.y

    @total.setter
    def total(self, value):
        self.x = value - self.y

    @staticmethod
    def plain(v):
        return v * 2

    @classmethod
    def make(cls, x):
        return cls(x)

    def hidden(self):
        return self.__hidden

    def __repr__(self):
        return "A(%r)" % self.x

    def __eq__(self, other):
        return isinstance(other, A) and self.x == other.x

    def __hash__(self):
        return hash(self.x)

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(name)


class B(A):
    kind = "b"

    def who(self):
        return "B " + super().who()

    @classmethod
    def make(cls, x):
        return super().make(x + 1)


class M1:
    def who(self):
        return "M1 " + super().who()


class C(M1, B):
    pass


a = A(1)
check((a.x, a.y, a.total, a.who(), repr(a), a.plain(3), A.plain(4)), (1, 2, 3, "A.who a", "A(1)", 6, 8))
a.total = 10
check(a.x, 8)
check((A.__doc__, A.__name__, A.__qualname__, A.hidden(a), a.dyn_x), ("Doc of A.", "A", "A", 1, "x"))
check((B(1).who(), C(1).who(), type(B.make(1)).__name__, B.make(1).x), ("B A.who b", "M1 B A.who b", "B", 2))
check([c.__name__ for c in C.__mro__], ["C", "M1", "B", "A", "object"])
check((A(1) == B(1), A(1) != A(2), len({A(1), A(1), A(2)})), (True, True, 2))
check(hasattr(a, "nope"), False)
check(getattr(a, "kind"), "a")
setattr(a, "kind", "z")
check((a.kind, A.kind, a.__dict__), ("z", "a", {"x": 8, "y": 2, "kind": "z"}))
del a.kind
check(a.kind, "a")
check((isinstance(C(1), A), issubclass(C, M1), isinstance(a, M1)), (True, True, False))

try:
    class Bad(A, B):
        pass
except TypeError as e:
    check("consistent method resolution" in str(e), True)
else:
    assert False

try:
    A()
except TypeError as e:
    check(str(e), "A.__init__() missing 1 required positional argument: 'x'")

try:
    A(1, 2)
except TypeError as e:
    check(str(e), "A.__init__() takes 2 positional arguments but 3 were given")


class Outer:
    class Inner:
        def f(self):
            return 1

    names = [n for n in ("x", "y")]
    pairs = {n: i for i, n in enumerate(names)}

    def method(self):
        def local():
            return __class__.__name__

        return local()


check((Outer.Inner.__qualname__, Outer.Inner.f.__qualname__, Outer.pairs, Outer().method()), ("Outer.Inner", "Outer.Inner.f", {"x": 0, "y": 1}, "Outer"))


class Container:
    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, v):
        self.items[i] = v

    def __delitem__(self, i):
        del self.items[i]

    def __iter__(self):
        return iter(self.items)

    def __contains__(self, x):
        return x in self.items

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __add__(self, other):
        return Container(self.items + list(other))

    def __radd__(self, other):
        return Container(list(other) + self.items)

    def __iadd__(self, other):
        self.items.extend(other)
        return self

    def __bool__(self):
        return len(self.items) > 1

    def __lt__(self, other):
        return len(self) < len(other)


c = Container([1, 2])
check((len(c), c[0], list(c), 2 in c, 5 in c, c(1, k=2), bool(c), bool(Container([1]))), (2, 1, [1, 2], True, False, ((1,), {"k": 2}), True, False))
c[0] = 9
del c[1]
c += [3]
check((c.items, (c + [1]).items, ([0] + c).items, Container([]) < c, c > Container([])), ([9, 3], [9, 3, 1], [0, 9, 3], True, True))


class Registry:
    classes = []

    def __init_subclass__(cls, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        Registry.classes.append((cls.__name__, tag))


class R1(Registry, tag="one"):
    pass


class R2(R1):
    pass


check(Registry.classes, [("R1", "one"), ("R2", None)])


class Desc:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return (self.name, instance is None, owner.__name__)


class Uses:
    d = Desc()


check((Uses.d, Uses().d), (("d", True, "Uses"), ("d", False, "Uses")))


class MyDict(dict):
    def __missing__(self, key):
        return key * 2

    def extra(self):
        return len(self)


d = MyDict(a=1)
d["b"] = 2
check((d["a"], d["zz"], d.extra(), sorted(d), d == {"a": 1, "b": 2}, isinstance(d, dict), d.get("q")), (1, "zzzz", 2, ["a", "b"], True, True, None))


class MyStr(str):
    def shout(self):
        return self.upper() + "!"


s = MyStr("hi")
check((s.shout(), s + "x", len(s), s == "hi", f"{s:>4}", {"hi": 1}[s], "".join([s, "y"]), isinstance(s, str)), ("HI!", "hix", 2, True, "  hi", 1, "hiy", True))


class MyList(list):
    def __init__(self, *args):
        super().__init__(args)
        self.note = "n"


ml = MyList(1, 2)
ml.append(3)
check((list(ml), len(ml), ml[0], ml.note, ml == [1, 2, 3]), ([1, 2, 3], 3, 1, "n", True))


class WithNew:
    def __new__(cls, x):
        self = super().__new__(cls)
        self.made = x
        return self

    def __init__(self, x):
        self.inited = x


w = WithNew(5)
check((w.made, w.inited), (5, 5))


def class_decorator(cls):
    cls.decorated = True
    return cls


@class_decorator
class D:
    pass


check(D.decorated, True)
T = type("T", (A,), {"kind": "t"})
check((T(1).who(), T.__name__), ("A.who t", "T"))
x = "module"


class Scoped:
    x = "class"
    y = x

    def get(self):
        return x

    z = [x for _ in range(1)]


check((Scoped.y, Scoped().get(), Scoped.z), ("class", "module", ["module"]))


class Fmt:
    def __format__(self, spec):
        return "<" + spec + ">"

    def __str__(self):
        return "str"


check((f"{Fmt():abc}", f"{Fmt()}", "{:x}".format(Fmt()), "%s" % Fmt(), str(Fmt())), ("<abc>", "<>", "<x>", "str", "str"))
