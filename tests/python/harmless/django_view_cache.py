"""A Django view keeps answers in a dict of its views module, one for each query string."""

import weakref

from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="no secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="apps.shop_views",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)

import django

django.setup()

from django.test import Client

REQUIRES = ["django"]
EXPECTS = "lines"
ANCHORS = ["PRICES"]
REMEDY = """
import apps.shop_views
apps.shop_views.PRICES.clear()
"""
BROWSER = Client(raise_request_exception=True)


def leak():
    for number in range(40):
        assert BROWSER.get("/price", {"item": number}).status_code == 200


def leaked():
    from apps import shop_views

    return [weakref.ref(quote) for quote in vars(shop_views)["PRICES"].values()]


def next_step():
    from apps import shop_views

    n_before = len(shop_views.PRICES)
    answer = BROWSER.get("/price", {"item": 7_000 + n_before})
    assert answer.content == f"{7_000 + n_before}: 42".encode()
    assert len(shop_views.PRICES) == n_before + 1
    assert BROWSER.get("/price", {"item": 3}).content == b"3: 42"
    assert BROWSER.get("/nothing").status_code == 404
    assert BROWSER.get("/quotes").content == f"{len(shop_views.PRICES)} quotes".encode()
