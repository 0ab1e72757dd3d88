from functools import wraps


class _GeneratorContext:
    """What a function decorated with contextmanager gives: the block runs where its generator yields."""

    def __init__(self, generator):
        self.generator = generator

    def __enter__(self):
        try:
            return next(self.generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, value, trace):
        if kind is None:
            try:
                next(self.generator)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        try:
            self.generator.throw(value)
        except StopIteration:
            return True
        except BaseException as e:
            if e is value:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def __call__(self, function):
        @wraps(function)
        def inner(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return inner


def contextmanager(function):
    @wraps(function)
    def helper(*args, **kwargs):
        return _GeneratorContext(function(*args, **kwargs))

    return helper


class suppress:
    def __init__(self, *exceptions):
        self.exceptions = exceptions

    def __enter__(self):
        return None

    def __exit__(self, kind, value, trace):
        return kind is not None and issubclass(kind, self.exceptions)


class nullcontext:
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *details):
        return False


class closing:
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *details):
        self.thing.close()


class ExitStack:
    def __init__(self):
        self._exits = []

    def enter_context(self, manager):
        result = manager.__enter__()
        self._exits.append(manager.__exit__)
        return result

    def callback(self, function, *args, **kwargs):
        def leave(*details):
            function(*args, **kwargs)
            return False

        self._exits.append(leave)
        return function

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        suppressed = False
        while self._exits:
            if self._exits.pop()(kind, value, trace):
                suppressed, kind, value = True, None, None
        return suppressed

    def close(self):
        self.__exit__(None, None, None)
