"""A cached method gives something else each time."""

import functools
import uuid

SELECTORS = ["Service.session", "type:str retained>2500"]
ISSUED = {}


class Service:
    @functools.lru_cache(maxsize=None)
    def session(self, user):
        return uuid.uuid4().hex * 100


service = Service()


def login(user):
    ISSUED[user] = hash(service.session(user))


def check(user):
    return ISSUED[user] == hash(service.session(user))


for user in range(20):
    login(user)


def next_step():
    return check(3)
