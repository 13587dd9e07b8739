"""A dict of sessions by user, each a dict with a list of its history, in which old entries stay."""

import weakref

from apps import chat

EXPECTS = "words"
ANCHORS = ["SESSIONS"]
REMEDY = """
import apps.chat
for session in apps.chat.SESSIONS.values():
    session["history"].clear()
del session
"""


def leak():
    for user in range(12):
        chat.login(f"user-{user}")
        for number in range(10):
            chat.say(f"user-{user}", f"message {number} " * 800)


def leaked():
    return [weakref.ref(turn) for session in chat.SESSIONS.values() for turn in session["history"]]


def next_step():
    chat.login("next")
    assert chat.say("next", "hello") == "you said: hello"
    assert chat.say("next", "again") == "you said: again"
    assert [turn.text for turn in chat.SESSIONS["next"]["history"]] == ["hello", "again"]
    chat.logout("next")
    assert "next" not in chat.SESSIONS
    chat.login("user-3")
    assert chat.say("user-3", "back") == "you said: back"
