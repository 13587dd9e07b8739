"""A base class finds the classes of modules, which a list keeps, by `__subclasses__`."""

import types

SELECTORS = ["LOADED[0]", 'type:module path:"LOADED[*]"']
LOADED = []
SOURCE = """
class Plugin(Exporter):
    form = "{form}"
    def run(self, rows):
        return "{separator}".join(rows)
"""


class Exporter:
    form = ""


def load(form, separator):
    module = types.ModuleType(form)
    module.Exporter = Exporter
    exec(SOURCE.format(form=form, separator=separator), module.__dict__)
    LOADED.append(module)


def export(form, rows):
    for plugin in Exporter.__subclasses__():
        if plugin.form == form:
            return plugin().run(rows)
    raise LookupError(form)


for form, separator in (("csv", ","), ("tsv", ";"), ("psv", "|")):
    load(form, separator)


def next_step():
    return export("csv", "ab")
