"""Receivers of a blinker signal, to which it refers weakly."""

import blinker

SELECTORS = ["KEPT[3]", "KEPT", "type:Plugin"]
KEPT = []
SAVED = blinker.signal("saved")


class Plugin:
    def __init__(self, number):
        self.number, self.pad = number, bytes(1000)
        SAVED.connect(self.on)

    def on(self, sender, **more):
        return self.number


def install(number):
    KEPT.append(Plugin(number))


for number in range(20):
    install(number)


def next_step():
    return sorted(answer for _, answer in SAVED.send("a"))
