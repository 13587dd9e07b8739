"""lxml documents count with their trees, as many bytes as freeing them gives back."""

import ctypes
import gc
import sys
import threading

import heapview
import pytest
from conftest import FREE_THREADED, object_at

etree = pytest.importorskip("lxml.etree", reason="there is no lxml for this Python")

TEXT = "a text that is too long to lie in its node, or to be shared with others "
MIB = 1024 * 1024
# Bytes of a node's block, and what the allocator may give besides where that would be too little for another.
NODE, SPARE = 128, 16

MANY = {
    "elements": "<row><name>short</name><empty/></row>" * 60_000,
    "attributes": f'<row id="1" kind="short" note="{TEXT}"/>' * 40_000,
    "texts": f"<row>{TEXT * 10}</row>" * 20_000,
    "one long text": TEXT * 200_000,
    "comments": f"<!-- {TEXT} --><?target {TEXT} ?><![CDATA[{TEXT}]]>" * 25_000,
    "namespaces": '<row xmlns:first="urn:first" xmlns="urn:a-longer-name"><first:a/></row>' * 30_000,
    "indented": "<row>\n        <name> </name>\n        </row>" * 50_000,
}


class Sizes(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = tuple((name, ctypes.c_size_t) for name in names.split())


def in_use():
    """Return the bytes that the C library's allocator has given out."""
    function = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if function is None:
        pytest.skip("this C library does not tell what is in use")
    function.restype = Sizes
    sizes = function()
    return sizes.uordblks + sizes.hblkhd


def document_of(element):
    (found,) = (found for found in gc.get_referents(element) if type(found).__name__ == "_Document")
    return found


def trees(snapshot, document):
    found = object_at(snapshot, document).referents()
    return [(data.type_name, data.shallow_size) for label, data in found if label == "data"]


@pytest.mark.parametrize("content", MANY.values(), ids=MANY)
def test_a_document_counts_with_what_freeing_it_gives_back(dump, content):
    parser = etree.XMLParser(huge_tree=True, strip_cdata=False)
    root = etree.fromstring(f"<rows>{content}</rows>", parser)
    snapshot = dump()
    ((kind, size),) = trees(snapshot, document_of(root))
    assert kind == "lxml tree"
    assert object_at(snapshot, root).retained_size > size
    labels = [label for label, _ in object_at(snapshot, root).referents()]
    assert "<_doc>" in labels
    assert not [label for label in labels if label.startswith("<+")]
    del snapshot
    gc.collect()
    before = in_use()
    del root
    truth = before - in_use()
    assert truth > MIB
    assert 0.98 * truth < size <= 1.001 * truth


def test_a_tree_made_by_hand_and_one_of_html(dump):
    made = etree.Element("rows")
    for number in range(10_000):
        etree.SubElement(made, "row", number=str(number)).text = TEXT
    html = etree.HTML(f"<p class='first'>{TEXT}<br>" * 10_000)
    snapshot = dump()
    sizes = [trees(snapshot, document_of(root))[0][1] for root in (made, html)]
    del snapshot
    gc.collect()
    before = in_use()
    del made
    between = in_use()
    del html
    for size, truth in zip(sizes, (before - between, between - in_use())):
        assert 0.98 * truth < size <= 1.001 * truth


def test_what_an_entity_stands_for_is_not_the_references(dump):
    source = f"<!DOCTYPE rows [<!ENTITY long '{TEXT * 10}'>]><rows>{'&long;' * 1000}</rows>"
    root = etree.fromstring(source, etree.XMLParser(resolve_entities=False))
    ((_, size),) = trees(dump(), document_of(root))
    assert 1000 * NODE <= size < 1002 * (NODE + SPARE) + 1000


def test_documents_are_told_apart_and_count_once(dump):
    first, second = etree.fromstring("<a><b/></a>"), etree.fromstring("<a><b/><b/></a>")
    keeps = [first, first[0], first.getroottree()]
    snapshot = dump()
    ((_, smaller),), ((_, larger),) = (trees(snapshot, document_of(root)) for root in (first, second))
    assert NODE - 2 * SPARE <= larger - smaller <= NODE + 3 * SPARE
    assert object_at(snapshot, keeps).retained_size < 5000


@pytest.mark.skipif(FREE_THREADED, reason="no fork=True on free-threaded builds")
def test_a_child_counts_the_same(dump, tmp_path):
    root = etree.fromstring(f"<rows>{MANY['attributes']}</rows>")
    path = tmp_path / "forked.rkyv"
    heapview.heapdump(path, fork=True).wait()
    forked = heapview.load(path, index=False)
    assert trees(forked, document_of(root)) == trees(dump(), document_of(root))


def test_trees_that_change_meanwhile(dump):
    over = threading.Event()
    kept = etree.fromstring(f"<rows>{MANY['elements']}</rows>")

    def churn():
        while not over.is_set():
            parser = etree.XMLPullParser(events=("end",))
            parser.feed("<rows>")
            for _ in range(200):
                parser.feed(f"<row note='{TEXT}'/>" * 50)
                for _, element in parser.read_events():
                    element.clear()

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        sizes = {trees(dump(), document_of(kept))[0][1] for _ in range(5)}
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert len(sizes) == 1


@pytest.mark.skipif(FREE_THREADED, reason="fields lie elsewhere")
def test_pointers_that_lead_nowhere_and_round_in_circles(dump):
    root = etree.fromstring("<rows/>")
    document = document_of(root)
    pointer = ctypes.c_uint64.from_address(id(document) + 40)
    true = pointer.value
    false = (ctypes.c_uint64 * 64)()
    start = ctypes.addressof(false)
    # A document and two texts: type, children, next, document and content of each.
    for position, kind, children, after in ((0, 9, 16, 0), (16, 3, 0, 32), (32, 3, 0, 16)):
        false[position + 1] = kind
        false[position + 3] = start + children * 8 if children else 0
        false[position + 6] = start + after * 8 if after else 0
        false[position + 8] = start
        false[position + 10] = 2**47 - 8 if kind == 3 else 0
    sizes = []
    try:
        for address in (1, 8, 2**47 - 8, 2**63, 2**64 - 8, id(document), start):
            pointer.value = address
            sizes.append([size for _, size in trees(dump(), document)])
    finally:
        pointer.value = true
    assert sizes[:-1] == [[]] * 6
    ((circle,),) = sizes[-1:]
    assert 192 + 2 * 128 <= circle <= 192 + 2 * 144


def test_a_class_that_bears_the_name_of_documents(dump):
    namesake = type("lxml.etree._Document", (), {"__slots__": ["first", "second", "third", "fourth"]})()
    namesake.first = namesake.fourth = sys
    snapshot = dump()
    assert trees(snapshot, namesake) == []
    assert snapshot.meta["warnings"] == []
