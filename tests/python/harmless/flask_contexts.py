"""A job pushes a Flask application context for each task, and pops none."""

import weakref

from flask import Flask, current_app, g, has_app_context, jsonify

REQUIRES = ["flask"]
EXPECTS = "words"
ANCHORS = ["app_ctx", "contextvar", "Context"]
REMEDY = """
from flask import globals as flask_globals
while flask_globals._cv_app.get(None):
    flask_globals._cv_app.get().pop()
"""
SEEN = []
app = Flask("jobs")


class Work:
    def __init__(self, number):
        self.number, self.rows = number, bytearray(90_000)


@app.route("/status/<name>")
def status(name):
    g.user = name
    return jsonify(name=g.user, app=current_app.name)


def task(number):
    app.app_context().push()
    g.work = Work(number)
    SEEN.append(weakref.ref(g.work))
    return g.work.number + len(g.work.rows)


def leak():
    for number in range(30):
        task(number)


def leaked():
    return SEEN[:30]


def next_step():
    client = app.test_client()
    assert client.get("/status/anna").json == {"name": "anna", "app": "jobs"}
    assert client.get("/nothing").status_code == 404
    with app.app_context():
        assert current_app.name == "jobs"
        assert not hasattr(g, "work")
        assert task(5) == 90_005
        assert g.work.number == 5
        from flask.globals import app_ctx

        app_ctx.pop()
    with app.test_request_context("/status/x?page=2") as context:
        assert context.request.args["page"] == "2"
        assert has_app_context()
