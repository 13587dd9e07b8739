"""Extensions of an application are shown by `vars`."""

import flask

SELECTORS = ["audit.events[5]", "audit.events"]


class Audit:
    def __init__(self, app):
        self.events = []
        app.extensions["audit"] = self
        app.after_request(self.after)

    def after(self, response):
        self.events.append(flask.request.path * 50)
        return response


app = flask.Flask("shop")
audit = Audit(app)


@app.route("/x<int:number>")
def page(number):
    return "x"


@app.route("/state")
def state():
    return {name: len(str(vars(one))) for name, one in app.extensions.items()}


for number in range(20):
    app.test_client().get(f"/x{number}")


def next_step():
    return app.test_client().get("/state").json
