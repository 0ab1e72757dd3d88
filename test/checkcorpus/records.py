#!/usr/bin/env python3
"""Makes a corpus with CPython: what every recipe of a Spack repository declares, one JSON object a line.

usage: records.py CHECKOUT > records.jsonl

CHECKOUT is a checkout of spack-packages, or of a Spack that had its recipes itself. The result is what checkcorpus compares berth's own
reader with (BERTH_CORPUS names the compressed file). Recipes are executed, so this is for repositories that one trusts.

It stands for the module spack.package: its directives note their arguments, and everything that only builds use may be mentioned
but not used. The host is linux, x86_64, debian12, without vendor tools.
"""
import glob
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import os
import platform
import re
import sys
import types
import typing

sys.dont_write_bytecode = True
platform.machine = lambda: "x86_64"
platform.system = lambda: "Linux"
platform.processor = lambda: ""
os.environ.pop("CRAYPE_NETWORK_TARGET", None)
os.environ["PATH"] = "/nonexistent"

FIELDS = ["versions", "variants", "dependencies", "conflicts", "requirements", "provides", "extends", "patches", "resources", "licenses", "redistribute"]


class Opaque:
    """Something that builds use."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Opaque(self._name + "." + name)

    def __call__(self, *args, **kwargs):
        raise RuntimeError(f"{self._name} is there in builds only")

    def _refuse(self, *args):
        raise RuntimeError(f"{self._name} is used while a recipe is read")

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __iter__ = __len__ = __getitem__ = __contains__ = __add__ = __mod__ = _refuse
    __hash__ = object.__hash__

    def __mro_entries__(self, bases):
        return ()


class State:
    queue = []
    conditions = []
    defaults = []


class Directive:
    def __init__(self, kind, record, never):
        self.kind, self.record, self.never, self.owner = kind, record, never, None


class Condition:
    def __init__(self, value):
        self.never = value is False
        self.texts = []
        if not isinstance(value, bool) and value is not None and str(value).strip():
            self.texts = [str(value).strip()]


class Meta(type):
    def __new__(mcs, name, bases, attrs, **kwargs):
        inherited = []
        for base in reversed(bases):
            for d in base.__dict__.get("_directives", ()) if isinstance(base, type) else ():
                if not any(d is x for x in inherited):
                    inherited.append(d)
        own = []
        if any(hasattr(b, "versions") for b in bases):  # a builder within a package's class takes none of its directives
            own, State.queue = State.queue, []
        for d in own:
            d.owner = (attrs["__module__"], name)
        attrs["_directives"] = inherited + own
        return super().__new__(mcs, name, bases, attrs)


def plain(v):
    if v is None or isinstance(v, (bool, int, float, str)):
        return v
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, (property, classproperty)):
        return {"property": True}
    if callable(v) and hasattr(v, "__name__"):
        return {"callable": v.__name__}
    return str(v)


def directive(fn):
    parameters = inspect.signature(fn).parameters

    def call(*args, **kwargs):
        merged = {}
        for given in State.defaults:
            merged.update(given)
        positional = [p for p, v in parameters.items() if v.kind == v.POSITIONAL_OR_KEYWORD][: len(args)]
        merged = {k: v for k, v in merged.items() if k in parameters and k not in positional}
        for name, value in zip(positional, args):
            if name == "when":
                kwargs["when"] = value
                args = [a for a, p in zip(args, positional) if p != "when"]
                if parameters and list(parameters).index("when") < len(args):  # what stands behind when
                    for p, a in list(zip([p for p in positional if p != "when"], args))[list(parameters).index("when") :]:
                        kwargs[p] = a
                    args = args[: list(parameters).index("when")]
        merged.update(kwargs)
        conditions = State.conditions + [Condition(merged.pop("when", None))]

        def take(v):
            if isinstance(v, Directive) and any(v is d for d in State.queue):
                State.queue = [d for d in State.queue if d is not v]
            elif isinstance(v, (list, tuple)):
                for x in v:
                    take(x)

        take(list(args) + list(merged.values()))
        record = fn(*args, **merged)
        if record is None:
            return None
        if fn.__name__ == "resource" and not record.get("destination"):
            record.pop("destination", None)
        when = [t for c in conditions for t in c.texts]
        if when:
            record["when"] = when
        d = Directive(fn.__name__, record, any(c.never for c in conditions))
        State.queue.append(d)
        return d

    call.__name__ = fn.__name__
    return call


def told(**kwargs):
    return {k: plain(v) for k, v in kwargs.items() if v is not None}


@directive
def version(ver, checksum=None, *, preferred=None, deprecated=None, no_cache=None, url=None, extension=None, expand=None, fetch_options=None, md5=None,
            sha1=None, sha224=None, sha256=None, sha384=None, sha512=None, git=None, commit=None, tag=None, branch=None, get_full_repo=None, submodules=None,
            submodules_delete=None, git_sparse_paths=None, svn=None, hg=None, cvs=None, revision=None, date=None, when=None):
    if isinstance(deprecated, str):
        deprecated = deprecated.lower() == "true"
    return told(version=str(ver), checksum=checksum, preferred=preferred, deprecated=deprecated, no_cache=no_cache, url=url, extension=extension,
                expand=expand, fetch_options=fetch_options, md5=md5, sha256=sha256, git=git, commit=commit, tag=tag, branch=branch,
                get_full_repo=get_full_repo, submodules=submodules, git_sparse_paths=git_sparse_paths, svn=svn, hg=hg, cvs=cvs, revision=revision, date=date)


class Sets:
    def __init__(self, kind, sets, default=None):
        self.kind, self.sets, self.default = kind, [flat(s) for s in sets], default
        self.plain_values = []
        self.multi = True

    def _copy(self):
        c = Sets(self.kind, self.sets, self.default)
        c.plain_values = list(self.plain_values)
        return c

    def with_default(self, value):
        c = self._copy()
        c.default = value
        return c

    def with_error(self, text):
        return self

    def with_non_feature_values(self, *values):
        c = self._copy()
        c.plain_values += values
        return c

    def allow_empty_set(self):
        if ["none"] in self.sets:
            return self
        c = self._copy()
        c.sets.insert(0, ["none"])
        return c

    def prohibit_empty_set(self):
        if ["none"] not in self.sets:
            return self
        c = self._copy()
        c.sets.remove(["none"])
        c.default = None
        return c

    @property
    def feature_values(self):
        return tuple(v for v in self if v not in self.plain_values)

    def __iter__(self):
        return iter([v for s in self.sets for v in s])

    def __getitem__(self, i):
        return list(self)[i]


class Value:
    def __init__(self, value, when):
        self.value, self.when = value, when

    def __str__(self):
        return str(self.value)

    def __eq__(self, other):
        return self.value == getattr(other, "value", other)

    def __lt__(self, other):
        return self.value < getattr(other, "value", other)

    def __hash__(self):
        return hash(self.value)


def flat(values):
    out = []
    for v in values:
        out += flat(v) if isinstance(v, (list, tuple)) else [v]
    return out


def value_record(v):
    when = None
    if isinstance(v, Value):
        when, v = Condition(v.when).texts, v.value
    record = {"value": v if isinstance(v, bool) else str(v)}
    if when:
        record["when"] = when
    return record


@directive
def variant(name, default=None, description="", values=None, multi=None, validator=None, when=None, sticky=False):
    record = {"name": name}
    if isinstance(values, Sets):
        record["kind"], multi = values.kind, True
        record["sets"] = [[str(v) for v in s] for s in values.sets]
        record["values"] = [value_record(v) for v in values]
        default = values.default if values.default is not None else default
    elif values is None or isinstance(values, str) and values == "*":
        record["kind"] = "bool" if values is None and str(default).upper() in ("TRUE", "FALSE") else "any"
    elif callable(values):
        record.update(kind="callable", callable=values.__name__, callable_doc=values.__doc__)
    else:
        values = flat(values)
        record["kind"] = "boollist" if values and all(isinstance(v, bool) for v in values) else "list"
        record["values"] = [value_record(v) for v in values]
    record["default"] = default if isinstance(default, bool) else ",".join(map(str, default)) if isinstance(default, (list, tuple)) else str(default)
    if multi:
        record["multi"] = True
    if sticky:
        record["sticky"] = True
    if validator is not None:
        record["validator"] = validator.__name__
    return record


def build_system(*values, default=None, when=None):
    return variant("build_system", default=default or str(values[0]), values=tuple(values), when=when)


def types_of(given):
    if given is all:  # Python's own function, which Spack takes for the text
        given = "all"
    given = [given] if isinstance(given, str) else list(given)
    return [t for t in ("build", "link", "run", "test") if t in given or given == ["all"]]


def patches_of(patches):
    if patches is None:
        return []
    patches = patches if isinstance(patches, (list, tuple)) else [patches]
    return [p.record if isinstance(p, Directive) else {"file": p} for p in patches if not (isinstance(p, Directive) and p.never)]


@directive
def depends_on(spec, when=None, type=("build", "link"), patches=None):
    record = {"spec": str(spec), "types": types_of(type)}
    if patches_of(patches):
        record["patches"] = patches_of(patches)
    return record


@directive
def extends(spec, when=None, type=("build", "run"), patches=None):
    return {"spec": str(spec), "types": types_of(type)}


@directive
def conflicts(conflict_spec, when=None, msg=None):
    return {"spec": str(conflict_spec)}


@directive
def requires(*requirement_specs, policy="one_of", when=None, msg=None):
    return {"specs": list(map(str, requirement_specs)), "policy": policy}


@directive
def provides(*specs, when=None):
    return {"virtuals": list(map(str, specs))}


@directive
def patch(url_or_filename, level=1, when=None, working_dir=".", reverse=False, sha256=None, archive_sha256=None):
    record = {"url" if "://" in url_or_filename else "file": url_or_filename}
    record.update(told(sha256=sha256, archive_sha256=archive_sha256))
    for key, value, usual in (("level", level, 1), ("working_dir", working_dir, "."), ("reverse", reverse, False)):
        if value != usual:
            record[key] = value
    return record


@directive
def resource(*, name=None, when=None, **kwargs):
    return told(name=name, **{k: v for k, v in kwargs.items() if k not in ("sha1", "sha224", "sha384", "sha512")})


@directive
def license(license_identifier, checked_by=None, when=None):
    return {"license": license_identifier}


@directive
def redistribute(source=None, binary=None, when=None):
    return {"source": source is None, "binary": binary is None}


@directive
def can_splice(target, *, when=None, match_variants=None, manual_variants=None):
    return {"target": str(target)}


def maintainers(*names):
    pass


class when:
    def __init__(self, condition):
        self.condition = Condition(condition)

    def __call__(self, method):
        return method

    def __enter__(self):
        State.conditions = State.conditions + [self.condition]

    def __exit__(self, *args):
        State.conditions = State.conditions[:-1]


class default_args:
    def __init__(self, **kwargs):
        self.kwargs = kwargs

    def __enter__(self):
        State.defaults = State.defaults + [self.kwargs]

    def __exit__(self, *args):
        State.defaults = State.defaults[:-1]


class classproperty:
    def __init__(self, get):
        self.get = get

    def __class_getitem__(cls, item):
        return cls

    def __get__(self, instance, owner):
        return self.get(owner)


class Version:
    def __init__(self, text):
        self.string = str(text)
        self.parts = [int(p) if p.isdigit() else p for p in re.findall(r"\d+|[a-zA-Z]+", self.string)]
        self.key = [(1, p) if isinstance(p, int) else (0, p) for p in self.parts]

    def up_to(self, n):
        ends = [m.end() for m in re.finditer(r"\d+|[a-zA-Z]+", self.string)]
        return Version(self.string[: ends[min(n, len(ends)) - 1]])

    dotted = property(lambda self: re.sub("[._-]", ".", self.string))
    dashed = property(lambda self: re.sub("[._-]", "-", self.string))
    underscored = property(lambda self: re.sub("[._-]", "_", self.string))
    joined = property(lambda self: re.sub("[._-]", "", self.string))
    __str__ = lambda self: self.string
    __len__ = lambda self: len(self.parts)
    __getitem__ = lambda self, i: self.parts[i]
    __lt__ = lambda self, o: self.key < o.key
    __le__ = lambda self, o: self.key <= o.key
    __gt__ = lambda self, o: self.key > o.key
    __ge__ = lambda self, o: self.key >= o.key
    __eq__ = lambda self, o: isinstance(o, Version) and self.key == o.key
    __hash__ = lambda self: hash(self.string)


class Spec:
    def __init__(self, text=""):
        self.text = str(text)
        self.name = re.match(r"[\w-]*", self.text.strip()).group() or None

    def __str__(self):
        return self.text


class Host:
    name, default_os, default = "linux", "debian12", "x86_64"

    def __str__(self):
        return self.name


def passing(*args, **kwargs):
    return lambda f: f


def versions_of(cls):
    """What other recipes go through: the versions of a package with their arguments."""
    return {Version(d.record["version"]): {k: v for k, v in d.record.items() if k != "version"} for d in cls._directives if d.kind == "version"}


def names():
    """The module spack.package."""
    PackageBase = Meta("PackageBase", (), {"__module__": "spack.package", "has_code": True, "versions": classproperty(versions_of)})
    for n in ("flag_handler", "env_flags", "build_system_flags", "inject_flags", "fetcher", "url_for_version"):
        setattr(PackageBase, n, Opaque(n))
    build_system("generic")
    Package = Meta("Package", (PackageBase,), {"__module__": "spack.package", "build_system_class": "Package"})
    Builder = Meta("Builder", (), {"__module__": "spack.package"})
    known = {
        "PackageBase": PackageBase, "Package": Package, "Builder": Builder,
        "BuilderWithDefaults": Meta("BuilderWithDefaults", (Builder,), {"__module__": "spack.package"}),
        "GenericBuilder": Meta("GenericBuilder", (Builder,), {"__module__": "spack.package", "package_methods": (), "package_attributes": (), "phases": ("install",)}),
        "conditional": lambda *values, when=None: [Value(v, when) for v in values],
        "any_combination_of": lambda *v: Sets("any_combination_of", [["none"], v], "none"),
        "auto_or_any_combination_of": lambda *v: Sets("auto_or_any_combination_of", [["auto"], v], "auto"),
        "disjoint_sets": lambda *sets: Sets("disjoint_sets", sets).allow_empty_set().with_default("none"),
        "DisjointSetsOfValues": lambda *sets: Sets("disjoint_sets", sets),
        "memoized": lambda f: f, "classproperty": classproperty, "ClassProperty": classproperty, "register_builder": passing, "builder": passing,
        "run_after": passing, "run_before": passing, "on_package_attributes": passing, "filter_compiler_wrappers": lambda *a, **k: None,
        "join_path": lambda *parts: os.path.join(*map(str, parts)), "which": lambda *a, **k: None, "host_platform": Host, "host": Host,
        "slingshot_network": lambda: False, "is_system_path": lambda p: p in ("/", "/usr", "/usr/local"), "tty": Opaque("tty"), "env": os.environ,
        "Version": Version, "ver": Version, "Spec": Spec, "when": when, "default_args": default_args, "maintainers": maintainers, "build_system": build_system,
    }
    for fn in (version, variant, depends_on, extends, conflicts, requires, provides, patch, resource, license, redistribute, can_splice):
        known[fn.__name__] = fn
    known.update({n: Opaque(n) for n in ("build_system_flags", "env_flags", "inject_flags")})
    known["kernel_version"] = lambda: Version("5.10")
    known["ConditionalVariantValues"] = list
    known["spack_version"] = "0.23.1"
    known["supported_compilers"] = lambda: "aocc apple-clang arm cce clang dpcpp fj gcc intel msvc nag nvhpc oneapi pgi rocmcc xl xl_r".split()
    known.update({n: getattr(typing, n) for n in ("Any", "Dict", "Iterable", "List", "Optional", "Sequence", "Set", "Tuple", "Union")})
    for n in "SpackError InstallError SkipTest ProcessError NoLibrariesError NoHeadersError CompilerError UnsupportedCompilerFlag".split():
        known[n] = type(n, (Exception,), {})
    for n in "LibraryList HeaderList Executable EnvironmentModifications Prefix FileFilter FileList LinkTree ModuleChangePropagator BaseBuilder".split():
        known[n] = type(n, (), {})
    return known


class Stand(types.ModuleType):
    """A module of Spack's: what is known, and Opaque for the rest."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        return KNOWN[name] if name in KNOWN else Opaque(full)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root):
        self.root = root
        self.systems = os.path.join(root, "lib/spack/spack/build_systems")
        self.packages = os.path.join(root, "var/spack/repos/builtin/packages")
        self.dirs = {("num" if d[0].isdigit() else "") + d.replace("-", "_"): d for d in (os.listdir(self.packages) if os.path.isdir(self.packages) else ())}

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in ("spack", "llnl", "archspec", "macholib"):
            return None
        file = None
        if name.startswith("spack.build_systems."):
            file = os.path.join(self.systems, name.split(".")[2] + ".py")
        elif name.startswith("spack.pkg.builtin."):
            file = os.path.join(self.packages, self.dirs.get(name.split(".")[3], "?"), "package.py")
        if file:
            return importlib.util.spec_from_file_location(name, file) if os.path.exists(file) else None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Stand(spec.name)

    def exec_module(self, module):
        if module.__name__ == "spack.package":
            module.__dict__.update(KNOWN)
            module.__dict__["__all__"] = sorted(KNOWN) + (self.old_names(module) if os.path.isdir(self.systems) else [])

    def old_names(self, module):
        """Until package API v2, spack.package had the classes of all build systems."""
        found = []
        for file in sorted(glob.glob(os.path.join(self.systems, "*.py"))):
            name = os.path.basename(file)[:-3]
            if name.startswith("_"):
                continue
            loaded = importlib.import_module("spack.build_systems." + name)
            for n, v in vars(loaded).items():
                if not n.startswith("_") and not isinstance(v, (types.ModuleType, Opaque)) and getattr(v, "__module__", "").startswith("spack.build_systems"):
                    module.__dict__[n] = v
                    found.append(n)
        module.__dict__["INTEL_MATH_LIBRARIES"] = importlib.import_module("spack.build_systems.oneapi").INTEL_MATH_LIBRARIES
        return found + ["INTEL_MATH_LIBRARIES"]


ATTRS = """homepage url urls git hg list_url list_depth pypi cran bioc gnu_mirror_path sourceforge_mirror_path sourceware_mirror_path
xorg_mirror_path fetch_options submodules tags virtual has_code manual_download extendable executables libraries phases parallel build_system_class
unresolved_libraries transitive_rpaths keep_werror skip_version_audit""".split()
SAID_ONLY = {"virtual": True, "extendable": True, "has_code": False, "parallel": False, "manual_download": True, "transitive_rpaths": False, "submodules": True}


def attributes(cls):
    out = {}
    for name in ATTRS:
        raw = next((k.__dict__[name] for k in cls.__mro__ if name in k.__dict__ and (k.__module__ != "spack.package" or name == "build_system_class")), None)
        try:
            value = getattr(cls, name) if isinstance(raw, classproperty) else raw
        except AttributeError:  # a mixin that needs what this class does not say
            continue
        if value is None or isinstance(value, Opaque) or inspect.isfunction(value):
            continue
        if isinstance(value, bool) and SAID_ONLY.get(name) != value or value in ([], (), ""):
            continue
        if isinstance(value, property) and name not in ("urls", "parallel", "manual_download", "unresolved_libraries"):
            continue
        out[name] = plain(value)
    return out


def short(module):
    if module.startswith("spack.pkg."):
        return "packages." + module.split(".", 3)[3] + ".package"
    return re.sub(r"^spack_repo\.[^.]*\.|^spack\.build_systems\.", "", module)


def record(name, dirname, cls, module):
    own = (cls.__module__, cls.__name__)
    out = {"name": name, "dir": dirname, "class": cls.__name__, "bases": [b.__name__ for b in cls.__bases__],
           "mro": [f"{short(k.__module__)}.{k.__name__}" for k in cls.__mro__[1:] if k.__module__ not in ("spack.package", "builtins", "__main__")],
           "attrs": attributes(cls)}
    lists = {f: [] for f in FIELDS}
    kinds = {"version": "versions", "variant": "variants", "depends_on": "dependencies", "conflicts": "conflicts", "requires": "requirements",
             "provides": "provides", "extends": "extends", "patch": "patches", "resource": "resources", "license": "licenses", "redistribute": "redistribute"}
    implied, dropped = [], 0
    for d in cls._directives:
        if d.never:
            dropped += 1
            continue
        if d.kind not in kinds:
            continue
        r = dict(d.record)
        if d.owner != own:
            r["from"] = f"{short(d.owner[0])}.{d.owner[1]}"
        again = [i for i, v in enumerate(lists["versions"]) if d.kind == "version" and v["version"] == r["version"]]
        if again:
            lists["versions"][again[0]] = r
            continue
        lists[kinds[d.kind]].append(r)
        if d.kind == "extends":
            implied.append({**r, "via": "extends"})
            if re.match(r"[\w-]*", r["spec"].strip()).group() == "python" and name != "python-venv":
                implied.append({**r, "spec": "python-venv", "types": ["build", "run"], "via": "extends"})
        if d.kind == "variant" and r["name"] == "build_system":
            out["build_system"] = {"values": r["values"], "default": r["default"]}
    lists["dependencies"] += implied
    out.update({f: v for f, v in lists.items() if v})
    if dropped:
        out["dropped_never"] = dropped
    classes = [v for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__ and v.__name__ == n]
    out["methods"] = [{"class": c.__name__, "name": method(n, v, module)} for c in classes for n, v in vars(c).items() if method(n, v, module)]
    out["builders"] = sorted({m["class"] for m in out["methods"]} - {cls.__name__})
    return out


def method(name, v, module):
    """The name of a def of the recipe's file; None for what is no function, or another one's second name."""
    while not inspect.isfunction(v) or hasattr(v, "__wrapped__"):
        if isinstance(v, property):
            v = v.fget
        elif isinstance(v, (staticmethod, classmethod)):
            v = v.__func__
        elif isinstance(v, classproperty):
            v = v.get
        elif hasattr(v, "__wrapped__"):
            v = v.__wrapped__
        else:
            return None
    return v.__name__ if v.__code__.co_filename == module.__file__ and name.endswith(v.__name__) else None


def class_name(name):
    text = "".join(w.capitalize() for w in re.split("[-_]+", name))
    return "_" + text if text[0].isdigit() else text


def main(root):
    global KNOWN
    KNOWN = names()
    sys.meta_path.insert(0, Finder(root))
    old = os.path.join(root, "var/spack/repos/builtin/packages")
    new = os.path.join(root, "repos/spack_repo/builtin/packages")
    sys.path.insert(0, os.path.join(root, "repos"))
    base = new if os.path.isdir(new) else old
    for dirname in sorted(os.listdir(base)):
        if not os.path.exists(os.path.join(base, dirname, "package.py")):
            continue
        if base == new:
            name, modname = dirname.lstrip("_").replace("_", "-"), f"spack_repo.builtin.packages.{dirname}.package"
        else:
            name, modname = dirname, "spack.pkg.builtin." + ("num" if dirname[0].isdigit() else "") + dirname.replace("-", "_")
        State.queue, State.conditions, State.defaults = [], [], []
        try:
            module = importlib.import_module(modname)
            line = record(name, dirname, getattr(module, class_name(name)), module)
        except Exception as e:  # whatever a recipe does
            print(f"{name}: {type(e).__name__}: {e}", file=sys.stderr)
            continue
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1])
