"""Builds a Python project into a wheel by PEP 517 and installs wheels, for berth.

It needs nothing but Python itself (3.8 or later): no pip, no network. What it is
told stands in the JSON file that is its second argument:

    source    the project's directory, or one that holds a wheel
    work      a directory of the build; the wheel goes into work/dist
    prefix    where the package is installed
    name      of the package
    version   of the package
    build     site-packages directories that the build may import from
    run       those that the installed package may import from, its own left out
    settings  {name: value or [values]} for the backend
    setup_py  true: run setup.py install and make no wheel
    copy      modules that are installed as they stand in the source, by no backend
    scripts   ["name = module:function"] for them
    imports   modules that must be importable afterwards

Python runs as if in a virtual environment of its own, so that nothing that the
system's Python has installed is seen, and nothing of the user's.
"""

import base64
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser

VERSION = "python%d.%d" % sys.version_info[:2]
SITE = os.path.join("lib", VERSION, "site-packages")


def fail(message):
    sys.exit("error: " + message)


def environment(where, sites):
    """Makes a virtual environment out of three files; returns its interpreter."""
    real = getattr(sys, "_base_executable", sys.executable)
    site = os.path.join(where, SITE)
    os.makedirs(site, exist_ok=True)
    os.makedirs(os.path.join(where, "bin"), exist_ok=True)
    with open(os.path.join(where, "pyvenv.cfg"), "w", encoding="utf-8") as f:
        f.write("home = %s\ninclude-system-site-packages = false\nversion = %d.%d.%d\n" % ((os.path.dirname(real),) + sys.version_info[:3]))
    with open(os.path.join(site, "berth.pth"), "w", encoding="utf-8") as f:
        for path in sites:
            f.write("import site; site.addsitedir(%r)\n" % path)
    python = os.path.join(where, "bin", "python3")
    for name in ("python3", "python"):
        link = os.path.join(where, "bin", name)
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(real, link)
    return python


def call(config, python, *command):
    """Runs this file again under another interpreter."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # least of all into what others are built with
    argv = [python, os.path.abspath(__file__), config] + list(command)
    status = subprocess.call(argv, env=env, cwd=os.getcwd())
    if status != 0:
        sys.exit(status if status > 0 else 1)


# --- building -----------------------------------------------------------------


def read_toml(path):
    try:
        import tomllib
    except ImportError:
        try:
            import tomli as tomllib
        except ImportError:
            return build_table(path)
    with open(path, "rb") as f:
        return tomllib.load(f).get("build-system", {})


def build_table(path):
    """Reads the one table that matters here where Python has no TOML reader yet (before 3.11)."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    table = {}
    inside = re.search(r"^\[build-system\][ \t]*(?:#[^\n]*)?$(.*?)(?=^\[|\Z)", text, re.M | re.S)
    if not inside:
        return table
    body = inside.group(1)
    backend = re.search(r"^build-backend\s*=\s*([\"'])(.*?)\1", body, re.M)
    if backend:
        table["build-backend"] = backend.group(2)
    path = re.search(r"^backend-path\s*=\s*\[(.*?)\]", body, re.M | re.S)
    if path:
        table["backend-path"] = [m[1] for m in re.findall(r"([\"'])(.*?)\1", path.group(1))]
    return table


def build(c):
    """Asks the project's backend for a wheel. Runs in the build's virtual environment."""
    os.chdir(c["source"])
    project = os.path.join(c["source"], "pyproject.toml")
    table = read_toml(project) if os.path.exists(project) else {}
    name = table.get("build-backend", "setuptools.build_meta:__legacy__")
    paths = [os.path.realpath(p) for p in table.get("backend-path", [])]
    for p in paths:
        if not (p + os.sep).startswith(os.path.realpath(c["source"]) + os.sep):
            fail("pyproject.toml: backend-path %s leads out of the source" % p)
    sys.path[:0] = paths
    sys.argv = [sys.argv[0]]
    module, _, attribute = name.partition(":")
    try:
        backend = importlib.import_module(module)
    except ImportError as e:
        fail("the build backend %s cannot be imported: %s; its package must be among the recipe's build dependencies" % (name, e))
    for part in filter(None, attribute.split(".")):
        backend = getattr(backend, part)
    dist = os.path.join(c["work"], "dist")
    shutil.rmtree(dist, ignore_errors=True)
    os.makedirs(dist)
    file = backend.build_wheel(dist, c["settings"] or None)
    print("built " + file)


def setup_py(c):
    """Runs setup.py install, for what setuptools and wheels are made with."""
    os.chdir(c["source"])
    lib = os.path.join(c["prefix"], SITE)
    os.makedirs(lib, exist_ok=True)
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([c["source"], lib]))
    install = ["install", "--prefix", c["prefix"], "--install-lib", lib, "--single-version-externally-managed", "--no-compile",
               "--record", os.path.join(c["work"], "record")]
    for command in (["egg_info"], install):  # setuptools finds its own commands by what the first writes
        if subprocess.call([sys.executable, "setup.py"] + command, env=env) != 0:
            fail("setup.py %s failed" % command[0])


# --- installing ---------------------------------------------------------------


def find_wheel(c):
    """The wheel that was built, or the source if it is one."""
    for where in (os.path.join(c["work"], "dist"), c["source"]):
        if not os.path.isdir(where):
            continue
        files = [os.path.join(where, f) for f in sorted(os.listdir(where))]
        wheels = [f for f in files if os.path.isfile(f) and zipfile.is_zipfile(f)]
        if len(wheels) == 1 and (where != c["source"] or len(files) == 1):
            return wheels[0]
    return None


def schemes(c, name):
    site, prefix = os.path.join(c["prefix"], SITE), c["prefix"]
    return {"purelib": site, "platlib": site, "scripts": os.path.join(prefix, "bin"), "data": prefix,
            "headers": os.path.join(prefix, "include", VERSION, name)}


def destination(name, data, dirs):
    """Where a file of a wheel goes, and which scheme that is; data is the wheel's NAME.data/."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name:
        fail("the wheel holds %r, which leads out of the prefix" % name)
    if not name.startswith(data):
        return os.path.join(dirs["purelib"], *parts), "purelib"
    scheme = parts[1]
    if scheme not in dirs or len(parts) < 3:
        fail("the wheel holds %r, which belongs to no known place" % name)
    return os.path.join(dirs[scheme], *parts[2:]), scheme


def install(c, wheel, python):
    with zipfile.ZipFile(wheel) as z:
        info = sorted({n.split("/")[0] for n in z.namelist() if re.match(r"^[^/]+\.dist-info/", n)})
        if len(info) != 1:
            fail("%s is no wheel: it has %d .dist-info directories" % (os.path.basename(wheel), len(info)))
        stem = info[0][: -len(".dist-info")]
        head = z.read(info[0] + "/WHEEL").decode()
        major = re.search(r"^Wheel-Version:\s*(\d+)", head, re.M)
        if not major or major.group(1) != "1":
            fail("%s has an unknown Wheel-Version" % os.path.basename(wheel))
        dirs = schemes(c, stem.rsplit("-", 1)[0])
        written = []
        for member in sorted(z.infolist(), key=lambda m: m.filename):
            name = member.filename
            if name.endswith("/") or name in (info[0] + "/RECORD", info[0] + "/RECORD.jws", info[0] + "/RECORD.p7s"):
                continue
            path, scheme = destination(name, stem + ".data/", dirs)
            mode = 0o755 if (member.external_attr >> 16) & 0o111 or scheme == "scripts" else 0o644
            written.append(put(path, shebang(z.read(member), scheme, python), mode))
    site = dirs["purelib"]
    written += entry_points(os.path.join(site, info[0], "entry_points.txt"), dirs["scripts"], python)
    written.append(put(os.path.join(site, info[0], "INSTALLER"), b"berth\n", 0o644))
    record(os.path.join(site, info[0], "RECORD"), site, written)
    return bool([w for w in written if w.startswith(dirs["scripts"] + os.sep)])


def install_copies(c, python):
    """Installs modules as they are, and describes them as a distribution."""
    site = os.path.join(c["prefix"], SITE)
    written = []
    for name in c["copy"]:
        source = os.path.join(c["source"], name)
        if os.path.isfile(source):
            with open(source, "rb") as f:
                written.append(put(os.path.join(site, os.path.basename(name)), f.read(), 0o644))
            continue
        for where, dirs, files in os.walk(source):
            dirs[:] = sorted(d for d in dirs if d != "__pycache__")
            for file in sorted(files):
                path = os.path.join(where, file)
                with open(path, "rb") as f:
                    data = f.read()
                mode = 0o755 if os.stat(path).st_mode & 0o111 else 0o644
                written.append(put(os.path.join(site, os.path.basename(name), os.path.relpath(path, source)), data, mode))
    if not written:
        fail("there is nothing to copy: %s" % ", ".join(c["copy"]))
    distribution = c["name"][3:] if c["name"].startswith("py-") else c["name"]
    info = os.path.join(site, "%s-%s.dist-info" % (distribution.replace("-", "_"), c["version"]))
    head = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (distribution, c["version"])
    written.append(put(os.path.join(info, "METADATA"), head.encode(), 0o644))
    points = "[console_scripts]\n" + "".join(s + "\n" for s in c["scripts"])
    written.append(put(os.path.join(info, "entry_points.txt"), points.encode(), 0o644))
    written += entry_points(os.path.join(info, "entry_points.txt"), os.path.join(c["prefix"], "bin"), python)
    written.append(put(os.path.join(info, "INSTALLER"), b"berth\n", 0o644))
    record(os.path.join(info, "RECORD"), site, written)
    return bool(c["scripts"])


def put(path, data, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    return path


def shebang(data, scheme, python):
    if scheme == "scripts" and data.startswith(b"#!python"):
        line, newline, rest = data.partition(b"\n")
        return b"#!" + python.encode() + newline + rest
    return data


SCRIPT = """#!{python}
import sys
from {module} import {first}
if __name__ == "__main__":
    sys.exit({attribute}())
"""


def entry_points(path, bin, python):
    """Writes a script for each console_scripts and gui_scripts of a distribution."""
    if not os.path.exists(path):
        return []
    parser = ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    written = []
    for section in ("console_scripts", "gui_scripts"):
        for name, value in sorted(parser.items(section)) if parser.has_section(section) else []:
            match = re.match(r"^\s*([\w.]+)\s*:\s*([\w.]+)\s*(\[.*\])?\s*$", value)
            if not match or "/" in name:
                fail("entry point %s = %s cannot be read" % (name, value))
            module, attribute = match.group(1), match.group(2)
            text = SCRIPT.format(python=python, module=module, first=attribute.split(".")[0], attribute=attribute)
            written.append(put(os.path.join(bin, name), text.encode(), 0o755))
    return written


def record(path, site, written):
    lines = []
    for file in written:
        with open(file, "rb") as f:
            data = f.read()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        name = os.path.relpath(file, site)
        lines.append((quoted(name), "sha256=" + digest, str(len(data))))
    lines.append((quoted(os.path.relpath(path, site)), "", ""))
    put(path, "".join(",".join(l) + "\n" for l in sorted(lines)).encode(), 0o644)


def quoted(name):
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name


def compile_all(c, python):
    """Compiles what was installed. The files carry a digest of their source and no time, so they are the same every time."""
    site = os.path.join(c["prefix"], SITE)
    code = ("import compileall, py_compile, sys; "
            "compileall.compile_dir(sys.argv[1], quiet=2, workers=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)")
    subprocess.call([python, "-S", "-c", code, site], env=dict(os.environ, PYTHONHASHSEED="0"))


def own_shebangs(bin, python):
    """Gives scripts that setup.py wrote the package's own interpreter; tells whether there are any."""
    found = False
    for name in sorted(os.listdir(bin)) if os.path.isdir(bin) else []:
        path = os.path.join(bin, name)
        with open(path, "rb") as f:
            data = f.read()
        line, newline, rest = data.partition(b"\n")
        if line.startswith(b"#!") and b"python" in line:
            put(path, b"#!" + python.encode() + newline + rest, 0o755)
            found = True
    return found


def build_phase(c, config):
    python = environment(os.path.join(c["work"], "python"), c["build"])
    if not c["setup_py"] and not c["copy"] and find_wheel(dict(c, work=c["source"])) is None:
        call(config, python, "in-build")


def install_phase(c, config):
    # Scripts run under an interpreter of the package's own, which finds it and what it needs, whoever calls them.
    home = os.path.join(c["prefix"], "libexec", "berth-" + c["name"])
    bin = os.path.join(c["prefix"], "bin")
    sites = [os.path.join(c["prefix"], SITE)] + c["run"]
    python = environment(home, sites)
    if c["setup_py"]:
        call(config, os.path.join(c["work"], "python", "bin", "python3"), "in-build")
        scripts = own_shebangs(bin, python)
    elif c["copy"]:
        scripts = install_copies(c, python)
    else:
        wheel = find_wheel(c)
        if wheel is None:
            fail("there is no wheel to install")
        scripts = install(c, wheel, python)
    compile_all(c, python)
    environment(os.path.join(c["work"], "python"), sites)  # from here on without what was only for building
    if not scripts:
        shutil.rmtree(home)
        if not os.listdir(os.path.dirname(home)):
            os.rmdir(os.path.dirname(home))


def check_phase(c, config):
    call(config, os.path.join(c["work"], "python", "bin", "python3"), "in-check")


def in_build(c, config):
    setup_py(c) if c["setup_py"] else build(c)


def in_check(c, config):
    for module in c["imports"]:
        importlib.import_module(module)
        print("imported " + module)


def main():
    if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]
    config, command = sys.argv[1], sys.argv[2]
    with open(config, encoding="utf-8") as f:
        c = json.load(f)
    steps = {"build": build_phase, "install": install_phase, "check": check_phase, "in-build": in_build, "in-check": in_check}
    steps[command](c, config)


main()
