"""Entries that are made when they are asked for, and switched by `setattr` in a function of their own."""

SELECTORS = ["_features['beta']", "_features", "type:Feature"]
_features = {}


class Feature:
    def __init__(self, name):
        self.name, self.on = name, False


def feature(name):
    try:
        return _features[name]
    except KeyError:
        found = _features[name] = Feature(name)
        return found


def configure(name, **values):
    for key, value in values.items():
        setattr(feature(name), key, value)


def is_on(name):
    return feature(name).on


configure("beta", on=True)
is_on("alpha")


def next_step():
    return is_on("beta")
