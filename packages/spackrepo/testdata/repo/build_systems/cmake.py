import sys

from spack.package import BuilderWithDefaults, PackageBase, build_system, conflicts, depends_on, register_builder, variant, when


def generator(*names, default=None):
    known = ("make", "ninja")
    if any(n not in known for n in names):
        raise ValueError("there are the generators make and ninja")

    def _values(x):
        return x in known

    _values.__doc__ = ",".join(names)
    variant("generator", default=default or names[0], values=_values, description="what cmake writes files for", when="build_system=cmake")
    for other in [n for n in known if n not in names]:
        conflicts(f"generator={other}")


class CMakePackage(PackageBase):
    build_system_class = "CMakePackage"
    build_system("cmake")

    with when("build_system=cmake"):
        variant("build_type", default="Release", values=("Debug", "Release", "RelWithDebInfo"), description="kind of build")
        if sys.platform == "win32":
            generator("ninja")
        else:
            generator("ninja", "make", default="make")
        depends_on("cmake", type="build")
        depends_on("gmake", type="build", when="generator=make")
        depends_on("ninja", type="build", when="generator=ninja")


@register_builder("cmake")
class CMakeBuilder(BuilderWithDefaults):
    phases = ("cmake", "build", "install")

    @staticmethod
    def define(name, value):
        return f"-D{name}={value}"
