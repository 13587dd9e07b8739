"""A template that is a text reads an attribute."""

from flask import Flask, render_template_string

SELECTORS = ["board.messages[0]", "board.messages", "type:__main__.Message"]


class Message:
    def __init__(self, text):
        self.text = text


class Board:
    def __init__(self):
        self.messages = []

    def post(self, text):
        self.messages.append(Message(text))


app = Flask("board")
board = Board()
client = app.test_client()


@app.route("/post/<text>")
def post(text):
    board.post(text)
    return "ok"


@app.route("/")
def index():
    return render_template_string("{% for one in board.messages %}<p>{{ one.text }}{% endfor %}", board=board)


for text in ("hi", "yo", "bye"):
    client.get(f"/post/{text}")


def next_step():
    return client.get("/").text
