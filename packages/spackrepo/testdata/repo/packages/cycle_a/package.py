from spack_repo.sample.packages.cycle_b.package import CycleB

from spack.package import *


class CycleA(CycleB):
    pass
