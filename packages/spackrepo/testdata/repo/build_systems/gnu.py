from typing import Optional

from spack.package import PackageBase, join_url


class GNUMirrorPackage(PackageBase):
    gnu_mirror_path: Optional[str] = None
    base_mirrors = ["https://ftpmirror.gnu.org/", "https://ftp.gnu.org/gnu/"]

    @property
    def urls(self):
        return [join_url(m, self.gnu_mirror_path, resolve_href=True) for m in self.base_mirrors]
