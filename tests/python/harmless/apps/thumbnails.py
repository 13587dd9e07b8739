"""Small copies of images."""

from functools import lru_cache

made = 0


class Image:
    def __init__(self, name, pixels):
        self.name, self.pixels = name, pixels


@lru_cache(maxsize=None)
def thumbnail(name, width):
    """Return the image in four bytes for each pixel."""
    global made
    made += 1
    return Image(name, bytes(width * width * 4))
