from spack.package import *


class Mpi(Package):
    """The interface of message passing."""

    homepage = "https://mpi.example"
    virtual = True
