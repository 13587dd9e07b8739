"""A package of plugins is written and loaded for each project; modules and instances are kept."""

import importlib
import sys
import tempfile
import weakref
from pathlib import Path

EXPECTS = "words"
ANCHORS = ["ACTIVE"]
REMEDY = """
for name in [name for name in ACTIVE if name != "core"]:
    del ACTIVE[name]
del name
"""
SELECTOR = "ACTIVE"
ACTIVE = {}
FOLDER = tempfile.TemporaryDirectory()
SOURCE = '''
"""Plugin {name}."""

TABLE = bytearray({size})


class Plugin:
    def __init__(self):
        self.scratch = bytearray({size})

    def run(self, text):
        return "{name}: " + text + str(len(TABLE) == {size})
'''


def load(name, size=60_000):
    package = Path(FOLDER.name) / "generated"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text('"""Plugins."""\n')
    (package / f"{name}.py").write_text(SOURCE.format(name=name, size=size))
    importlib.invalidate_caches()
    module = importlib.import_module(f"generated.{name}")
    ACTIVE[name] = (module, module.Plugin())
    return ACTIVE[name][1].run("")


def leak():
    sys.path.insert(0, FOLDER.name)
    load("core", 10)
    for number in range(20):
        load(f"project{number}")


def leaked():
    return [weakref.ref(plugin) for name, (_, plugin) in ACTIVE.items() if name != "core"]


def next_step():
    assert ACTIVE["core"][1].run("x") == "core: xTrue"
    assert load("next") == "next: True"
    import generated.core
    import generated.project3

    assert generated.project3.Plugin().run("y") == "project3: yTrue"
    assert ACTIVE["core"][0] is generated.core
    assert len(generated.project3.TABLE) == 60_000
    assert sys.modules["generated.project5"].__doc__ == "Plugin project5."
