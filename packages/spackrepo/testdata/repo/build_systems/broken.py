from spack.package import PackageBase, no_such_directive


class BrokenPackage(PackageBase):
    pass
