from .second_of_cycle import SecondPackage


class FirstPackage(SecondPackage):
    pass
