"""Views and routes of a shop."""

from django.http import HttpResponse
from django.urls import path

PRICES = {}


class Quote:
    def __init__(self, item):
        self.item, self.amount = item, 42
        self.history = bytearray(70_000)


def price(request):
    """Answer with the price of an item."""
    query = request.GET.urlencode()
    if query not in PRICES:
        PRICES[query] = Quote(request.GET["item"])
    quote = PRICES[query]
    return HttpResponse(f"{quote.item}: {quote.amount}")


def quotes(request):
    """Answer with how many prices were asked for."""
    return HttpResponse(f"{len(PRICES)} quotes")


urlpatterns = [path("price", price), path("quotes", quotes)]
