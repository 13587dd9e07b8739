"""A class' attributes are gone through by `vars`."""

SELECTORS = ["Base.log[3]", "Base.log"]


class Base:
    log = []

    @classmethod
    def put(cls, text):
        Base.log.append(text)


def dump():
    return {name: value for name, value in vars(Base).items() if isinstance(value, list)}


for number in range(20):
    Base.put(f"v{number}")


def next_step():
    return dump()
