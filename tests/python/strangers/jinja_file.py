"""A Jinja template that is a file reads an attribute."""

import pathlib
import tempfile

import jinja2

SELECTORS = ["service.history[3]", "service.history"]
FOLDER = pathlib.Path(tempfile.mkdtemp())
(FOLDER / "report.html").write_text("{% for one in service.history %}{{ one[:3] }},{% endfor %}")
environment = jinja2.Environment(loader=jinja2.FileSystemLoader(str(FOLDER)))


class Service:
    def __init__(self):
        self.history = []

    def call(self, text):
        self.history.append(text)


service = Service()


def page():
    return environment.get_template("report.html").render(service=service)


for number in range(20):
    service.call(f"v{number}" * 300)


def next_step():
    return page()
