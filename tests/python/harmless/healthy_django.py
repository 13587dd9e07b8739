"""Nothing leaks: Django at rest, with a model, a URL, a template and its own caches."""

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="no secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="apps.shop_views",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.template import engines
from django.test import Client
from django.urls import reverse

REQUIRES = ["django"]
LEAKS = False
MEASURED = False
SELECTORS = ["type:django.dispatch.dispatcher.Signal", "type:functools._lru_cache_wrapper"]


def leak():
    call_command("migrate", verbosity=0)
    ContentType.objects.get_for_model(ContentType)
    cache.set("greeting", "hello")


def leaked():
    return []


def next_step():
    from apps import shop_views

    urls = list(shop_views.urlpatterns)
    assert [str(one.pattern) for one in urls] == ["price", "quotes"]
    assert Client().get("/price", {"item": 3}).content == b"3: 42"
    assert ContentType.objects.get_for_model(ContentType).model == "contenttype"
    assert ContentType.objects.count() >= 1
    cache.set("n", 1)
    assert cache.incr("n") == 2
    template = engines["django"].from_string("{% for n in names %}{{ n|upper }}{% endfor %}")
    assert template.render({"names": "ab"}) == "AB"
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT 7").fetchone() == (7,)
    try:
        reverse("nothing")
    except LookupError:
        raise
    except Exception as error:
        assert type(error).__name__ == "NoReverseMatch"
