from .first_of_cycle import FirstPackage


class SecondPackage(FirstPackage):
    pass
