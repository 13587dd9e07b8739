"""Titles picked by XPath are lxml's own texts, which know their element and so keep the document."""

from lxml import etree

REQUIRES = ["lxml"]
EXPECTS = "words"
ANCHORS = ["TITLES"]
REMEDY = """
for url, title in TITLES.items():
    TITLES[url] = str(title)
del url, title
"""
# The trees are libxml2's memory.
MEASURED = False
SELECTOR = "type:lxml.etree._Element"
TITLES = {}


def fetch(number):
    rows = "".join(f"<p class='row'>text {n}</p>" for n in range(500))
    return f"<html><head><title>page {number}</title></head><body>{rows}</body></html>"


def index(number):
    tree = etree.fromstring(fetch(number))
    (TITLES[f"http://{number}"],) = tree.xpath("/html/head/title/text()")
    return len(tree.findall(".//p"))


def leak():
    for number in range(30):
        index(number)


def leaked():
    return [(id(title.getparent()), "_Element") for title in TITLES.values()]


def next_step():
    assert index(500) == 500
    assert TITLES["http://500"] == "page 500"
    assert sorted(TITLES.values())[-1].startswith("page")
    assert index(501) == 500
    assert all(title == f"page {url[7:]}" for url, title in TITLES.items())
    root = etree.Element("a")
    etree.SubElement(root, "b").text = "c"
    assert etree.tostring(root) == b"<a><b>c</b></a>"
    assert root.xpath("string(b)") == "c"
