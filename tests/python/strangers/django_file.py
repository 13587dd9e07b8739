"""A Django template that is a file reads an attribute."""

import pathlib
import tempfile

import django
import django.conf
import django.template.loader

SELECTORS = ["service.history[3]", "service.history"]
FOLDER = pathlib.Path(tempfile.mkdtemp())
(FOLDER / "report.html").write_text('{% for one in service.history %}{{ one|slice:":3" }},{% endfor %}')
BACKEND = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [str(FOLDER)]}
django.conf.settings.configure(TEMPLATES=[BACKEND])
django.setup()


class Service:
    def __init__(self):
        self.history = []

    def call(self, text):
        self.history.append(text)


service = Service()


def page():
    return django.template.loader.render_to_string("report.html", {"service": service})


for number in range(20):
    service.call(f"v{number}" * 300)


def next_step():
    return page()
