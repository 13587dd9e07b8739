"""Handlers of a figure's events, to which it refers weakly."""

import matplotlib.pyplot as plt
from matplotlib.backend_bases import MouseEvent

SELECTORS = ["HANDLERS[5]", "HANDLERS", "type:Zoom"]
HANDLERS, GOT = [], []
figure = plt.figure()


class Zoom:
    def __init__(self, number):
        self.number, self.pad = number, bytes(3000)
        figure.canvas.mpl_connect("button_press_event", self.on)

    def on(self, event):
        GOT.append(self.number)


def install(number):
    HANDLERS.append(Zoom(number))


def click():
    GOT.clear()
    event = MouseEvent("button_press_event", figure.canvas, 1, 1, 1)
    figure.canvas.callbacks.process("button_press_event", event)
    return list(GOT)


for number in range(20):
    install(number)


def next_step():
    return click()
