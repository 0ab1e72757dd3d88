from spack_repo.sample.build_systems.cmake import CMakePackage

from spack.package import *


class Boost(CMakePackage):
    """Libraries for C++.

    There are many of them.
    """

    homepage = "https://boost.example"
    version("1.80.0", sha256="a" * 64)
    with_default_variants = "boost+atomic+system"
    all_libs = ["atomic", "system"]

    for lib in all_libs:
        variant(lib, default=False, description=f"the library {lib}")

    def libs_of(self):
        return self.all_libs
