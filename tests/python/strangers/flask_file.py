"""A template that is a file reads an attribute."""

import pathlib
import tempfile

import flask

SELECTORS = ["audit.entries[5]", "audit.entries"]
FOLDER = pathlib.Path(tempfile.mkdtemp())
(FOLDER / "audit.html").write_text("{% for one in audit.entries %}{{ one[:3] }},{% endfor %}")
app = flask.Flask("shop", template_folder=str(FOLDER))


class Audit:
    def __init__(self):
        self.entries = []

    def note(self, what):
        self.entries.append(what)


audit = Audit()


@app.route("/buy/<int:number>")
def buy(number):
    audit.note(f"b{number} " * 50)
    return "ok"


@app.route("/audit")
def show():
    return flask.render_template("audit.html", audit=audit)


for number in range(20):
    app.test_client().get(f"/buy/{number}")


def next_step():
    return app.test_client().get("/audit").text
