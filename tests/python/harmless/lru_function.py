"""A function of an imported module has an unbounded `lru_cache`; its results are large."""

import weakref

from apps import thumbnails

EXPECTS = "lines"
ANCHORS = ["thumbnail", "lru_cache"]
REMEDY = """
import apps.thumbnails
apps.thumbnails.thumbnail.cache_clear()
"""
SEEN = []


def serve(name, width):
    image = thumbnails.thumbnail(name, width)
    SEEN.append(weakref.ref(image))
    return f"{image.name}@{len(image.pixels)}"


def leak():
    for number in range(40):
        serve(f"photo-{number}.png", width=200)


def leaked():
    return SEEN


def next_step():
    assert serve("logo.png", 100) == "logo.png@40000"
    n_made = thumbnails.made
    assert serve("logo.png", 100) == "logo.png@40000"
    assert thumbnails.made == n_made
    assert serve("photo-3.png", 50) == "photo-3.png@10000"
    assert thumbnails.thumbnail.cache_info().hits > 0
