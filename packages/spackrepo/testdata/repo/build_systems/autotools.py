from spack.package import BuilderWithDefaults, PackageBase, build_system, conflicts, depends_on, register_builder, run_after, when


class AutotoolsPackage(PackageBase):
    """Packages that have a configure script."""

    build_system_class = "AutotoolsPackage"
    build_system("autotools")

    with when("build_system=autotools"):
        depends_on("gmake", type="build")
        depends_on("gnuconfig", type="build", when="target=aarch64:")
        conflicts("platform=windows")


@register_builder("autotools")
class AutotoolsBuilder(BuilderWithDefaults):
    phases = ("configure", "build", "install")

    @property
    def build_directory(self):
        return self.pkg.stage.source_path

    @run_after("install")
    def check(self):
        pass
