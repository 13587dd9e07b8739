"""A class whose upper-case attributes an application takes for its settings."""

import flask

SELECTORS = ["Config.HOOKS[5]", "Config.HOOKS"]


class Config:
    HOOKS = []

    @classmethod
    def hook(cls, text):
        Config.HOOKS.append(text)


app = flask.Flask("shop")


def reload():
    app.config.from_object(Config)


def effective():
    return {name: str(value) for name, value in app.config.items()}


for number in range(20):
    Config.hook(f"hook {number}")


def next_step():
    reload()
    return sum(map(len, effective().values()))
