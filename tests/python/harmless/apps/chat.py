"""A chat service's sessions."""

import itertools

SESSIONS = {}
NUMBERS = itertools.count(1)


class Turn:
    def __init__(self, text):
        self.text = text
        self.tokens = text.split()


def login(user):
    """Begin a session, or go on with the one there is."""
    SESSIONS.setdefault(user, {"number": next(NUMBERS), "history": [], "settings": {"language": "en"}})


def say(user, text):
    """Answer a message."""
    session = SESSIONS[user]
    assert session["settings"]["language"] == "en"
    session["history"].append(Turn(text))
    return f"you said: {session['history'][-1].text}"


def logout(user):
    """End a session."""
    del SESSIONS[user]
