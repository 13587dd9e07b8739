"""A Django application that caches query results in a module and in a middleware."""

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="sample",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    MIDDLEWARE=[__name__ + ".Remember"],
)
django.setup()

from django.core.cache import cache
from django.db import connection, models
from django.http import HttpResponse
from django.test import Client
from django.urls import path

SEEN: list = []


class Article(models.Model):
    """A row of a table."""

    title = models.CharField(max_length=100)
    body = models.TextField()

    class Meta:
        """It belongs to no application."""

        app_label = "sample"


class Remember:
    """Middleware that forgets no response."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response
        self.responses: list = []

    def __call__(self, request: object) -> object:
        response = self.get_response(request)  # type: ignore[operator]
        self.responses.append(response)
        SEEN.append(request)
        return response


def index(request: object) -> HttpResponse:
    """List all articles."""
    articles = list(Article.objects.all())
    cache.set(f"articles{len(SEEN)}", articles)
    return HttpResponse("".join(article.body for article in articles))


urlpatterns = [path("", index)]
with connection.schema_editor() as editor:
    editor.create_model(Article)
Article.objects.bulk_create(Article(title=f"title {row}", body="word " * 100) for row in range(100))
client = Client()
for _ in range(5):
    client.get("/")
rows = list(Article.objects.all())
queryset = Article.objects.filter(pk__lt=20)
len(queryset)
# Their memory is sqlite's.
del connection, editor
