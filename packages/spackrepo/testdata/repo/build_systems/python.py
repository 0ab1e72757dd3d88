from typing import Optional

from spack.package import ClassProperty, PackageBase, build_system, classproperty, depends_on, extends, when


def _homepage(cls: "PythonPackage") -> Optional[str]:
    if cls.pypi:
        return f"https://pypi.org/project/{cls.pypi.split('/')[0]}/"
    return None


def _url(cls) -> Optional[str]:
    if cls.pypi:
        return f"https://files.pythonhosted.org/packages/source/{cls.pypi[0]}/{cls.pypi}"
    return None


class PythonExtension(PackageBase):
    @property
    def skip_modules(self):
        return []


class PythonPackage(PythonExtension):
    pypi: Optional[str] = None
    build_system_class = "PythonPackage"
    build_system("python_pip")

    with when("build_system=python_pip"):
        extends("python")
        depends_on("py-pip", type="build")

    homepage: ClassProperty[Optional[str]] = classproperty(_homepage)
    url: ClassProperty[Optional[str]] = classproperty(_url)
