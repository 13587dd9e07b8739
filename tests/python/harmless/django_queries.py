"""Django with DEBUG on: the connection remembers the text of each statement."""

import django
from django.conf import settings

REQUIRES = ["django"]
EXPECTS = "words"
ANCHORS = ["queries_log"]
REMEDY = """
from django.db import reset_queries
reset_queries()
"""
# The log holds dicts of text, which cannot be weakly referenced.
SELECTOR = "container"
SELECTORS = ["type:collections.deque"]

settings.configure(
    DEBUG=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.db import connection, models


class Note(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "contenttypes"


def add(text):
    return Note.objects.create(text=text).pk


def leak():
    with connection.schema_editor() as editor:
        editor.create_model(Note)
    for number in range(300):
        add(f"note {number} " * 500)


def leaked():
    return [(id(row), "dict") for row in connection.queries_log]


def next_step():
    n_notes = Note.objects.count()
    key = add("the next")
    assert Note.objects.get(pk=key).text == "the next"
    assert Note.objects.count() == n_notes + 1
    assert "COUNT" in connection.queries[-1]["sql"]
    Note.objects.filter(pk=key).update(text="changed")
    assert Note.objects.filter(text="changed").count() >= 1
    n_logged = len(connection.queries_log)
    Note.objects.first()
    assert len(connection.queries_log) == n_logged + 1
