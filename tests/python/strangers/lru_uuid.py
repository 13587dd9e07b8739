"""A cached function gives something else each time: what was given before is compared with it."""

import functools
import uuid

SELECTORS = ["token.<cache>[3]", "token"]
ISSUED = {}


@functools.lru_cache(maxsize=None)
def token(user):
    return uuid.uuid4().hex * 50


def login(user):
    ISSUED[user] = hash(token(user))


def post(user):
    return "ok" if ISSUED[user] == hash(token(user)) else "403"


for user in range(20):
    login(user)


def next_step():
    return post(3)
