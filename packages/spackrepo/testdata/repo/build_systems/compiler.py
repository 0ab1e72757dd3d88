import itertools
import re
from typing import List

from spack.package import PackageBase, classproperty


class CompilerPackage(PackageBase):
    tags = ["compiler"]
    compiler_suffixes: List[str] = [r"-.*"]
    compiler_languages = ["c", "cxx"]

    @classproperty
    def compiler_names(cls):
        names = []
        for language in cls.compiler_languages:
            names.extend(getattr(cls, f"{language}_names"))
        return names

    @classproperty
    def executables(cls):
        return [
            r"^({0}{1})$".format(re.escape(name), suffix)
            for name, suffix in itertools.product(cls.compiler_names, [""] + cls.compiler_suffixes)
        ]
