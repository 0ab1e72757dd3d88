from spack_repo.sample.packages.cycle_a.package import CycleA

from spack.package import *


class CycleB(CycleA):
    pass
