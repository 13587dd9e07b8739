"""A class whose upper-case attributes are found by `dir`."""

SELECTORS = ["Config.PLUGINS[3]", "Config.PLUGINS"]


class Config:
    PLUGINS = []

    @classmethod
    def add(cls, name):
        Config.PLUGINS.append(name)


def load(settings):
    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


for number in range(20):
    Config.add(f"v{number}")


def next_step():
    return load(Config)
