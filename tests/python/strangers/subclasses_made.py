"""A base class finds the classes that are made, which a list keeps, by `__subclasses__`."""

SELECTORS = ["Base.registry[5]", "Base.registry"]


class Base:
    registry = []

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        Base.registry.append(cls)


def make(number):
    return type(f"Handler{number}", (Base,), {"code": number, "pad": "x" * 3000})


def find(code):
    return next((one.__name__ for one in Base.__subclasses__() if one.code == code), None)


for number in range(20):
    make(number)


def next_step():
    return find(5)
