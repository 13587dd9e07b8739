"""A class attribute lists the names that a serializer reads."""

SELECTORS = ["entity.tags[0]", "entity.tags", "type:Tag"]


class Tag:
    def __init__(self, text):
        self.text = text


class Entity:
    def __init__(self, number):
        self.number, self.tags = number, []

    def tag(self, text):
        self.tags.append(Tag(text))


class Serializer:
    fields = ["number", "tags"]

    def data(self, one):
        return {field: self.text(getattr(one, field)) for field in self.fields}

    def text(self, value):
        return [one.text for one in value] if isinstance(value, list) else value


entity = Entity(3)
for text in ("red", "big", "late"):
    entity.tag(text)


def next_step():
    return Serializer().data(entity)
