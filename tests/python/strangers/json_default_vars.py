"""An object in a dict that becomes JSON by `vars`."""

import json

SELECTORS = ["game.moves[5]", "game.moves"]


class Game:
    def __init__(self):
        self.name, self.moves = "n", []

    def play(self, move):
        self.moves.append(move)


game = Game()


def save(thing):
    return json.dumps({"game": thing}, default=vars)


for number in range(20):
    game.play(f"e{number}")


def next_step():
    return save(game)
