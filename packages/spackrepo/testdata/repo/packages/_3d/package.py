from spack.package import *


class _3d(Package):
    version("1")
