def add(a, b): return a + b
def sub(a, b): return a - b
def mul(a, b): return a * b
def truediv(a, b): return a / b
def floordiv(a, b): return a // b
def mod(a, b): return a % b
def neg(a): return -a
def eq(a, b): return a == b
def ne(a, b): return a != b
def lt(a, b): return a < b
def le(a, b): return a <= b
def gt(a, b): return a > b
def ge(a, b): return a >= b
def and_(a, b): return a & b
def or_(a, b): return a | b
def xor(a, b): return a ^ b
def not_(a): return not a
def truth(a): return bool(a)
def contains(a, b): return b in a
def getitem(a, b): return a[b]
def is_(a, b): return a is b


def itemgetter(*keys):
    if len(keys) == 1:
        return lambda x: x[keys[0]]
    return lambda x: tuple(x[k] for k in keys)


def _attribute(x, path):
    for name in path.split("."):
        x = getattr(x, name)
    return x


def attrgetter(*paths):
    if len(paths) == 1:
        return lambda x: _attribute(x, paths[0])
    return lambda x: tuple(_attribute(x, p) for p in paths)


def methodcaller(name, *args, **kwargs):
    return lambda x: getattr(x, name)(*args, **kwargs)
