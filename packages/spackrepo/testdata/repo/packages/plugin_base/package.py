from spack_repo.sample.build_systems.autotools import AutotoolsPackage

from spack.package import *


class PluginMixin(PackageBase):
    provides("plugin-api")
    license("MIT", when="@2:")
    maintainers("ann")


class PluginBase(AutotoolsPackage, PluginMixin):
    version("2.0", sha256="b" * 64)
    patch("patches/shared.patch", when="@:2.0")

    def configure_args(self):
        return []
