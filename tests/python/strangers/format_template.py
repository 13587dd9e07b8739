"""A template that names an attribute is given to the function that fills it in."""

SELECTORS = ["schema.columns[0]", "schema.columns", "type:Column"]


class Column:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


class Schema:
    def __init__(self):
        self.columns = []

    def column(self, name):
        self.columns.append(Column(name))
        return self


def render(template, schema):
    return template.format(schema=schema)


def definition(schema):
    return render("create table t {schema.columns}", schema)


schema = Schema().column("a").column("b").column("c")


def next_step():
    return definition(schema)
