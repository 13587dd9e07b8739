"""A form class is made for each tenant; `__init_subclass__` registers it beside the built-in forms."""

import weakref

EXPECTS = "words"
SELECTOR = "Form.registry"
SELECTORS = ["type:type"]
ANCHORS = ["registry"]
REMEDY = """
for name in [name for name in Form.registry if name.startswith("tenant")]:
    del Form.registry[name]
del name
import gc
gc.collect()
"""


class Form:
    registry = {}
    fields = ()

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        Form.registry[cls.__name__.lower()] = cls

    def render(self):
        return "".join(f"<input name={name}>" for name in self.fields)


class Login(Form):
    fields = ("user", "password")


class Search(Form):
    fields = ("query",)


def form_for(tenant, fields):
    return type(f"Tenant{tenant}Form", (Form,), {"fields": fields, "template": bytearray(70_000)})


def page(name):
    return Form.registry[name]().render()


def leak():
    for tenant in range(30):
        form_for(tenant, ("email", f"extra{tenant}"))
        page(f"tenant{tenant}form")


def leaked():
    return [weakref.ref(cls) for name, cls in Form.registry.items() if name.startswith("tenant")]


def next_step():
    assert page("login") == "<input name=user><input name=password>"
    assert page("search") == "<input name=query>"
    form_for(500, ("a",))
    assert page("tenant500form") == "<input name=a>"
    assert {Login, Search} <= set(Form.__subclasses__())

    class Late(Form):
        fields = ("late",)

    assert page("late") == "<input name=late>"
