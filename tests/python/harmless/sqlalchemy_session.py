"""One session for the whole life of a worker; objects that were changed and not committed stay in it."""

import weakref

from sqlalchemy import LargeBinary, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

REQUIRES = ["sqlalchemy"]
EXPECTS = "words"
ANCHORS = ["SESSION"]
REMEDY = """
SESSION.commit()
import gc
gc.collect()
"""
SEEN = []
# A commit makes statements, which are cached.
MEASURED = False


class Base(DeclarativeBase):
    pass


class Invoice(Base):
    __tablename__ = "invoice"
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="new")
    scan: Mapped[bytes] = mapped_column(LargeBinary)


ENGINE = create_engine("sqlite://")
SESSION = Session(ENGINE)


def receive(number):
    invoice = Invoice(number=number, state="new", scan=bytes(60_000))
    SESSION.add(invoice)
    SESSION.flush()
    return invoice


def check(number):
    invoice = SESSION.get(Invoice, number)
    invoice.state = "checked"
    SEEN.append(weakref.ref(invoice))
    return invoice.state


def leak():
    Base.metadata.create_all(ENGINE)
    for number in range(30):
        receive(number)
    SESSION.commit()
    SESSION.autoflush = False
    for number in range(30):
        check(number)


def leaked():
    return SEEN[:30]


def next_step():
    number = 1000 + SESSION.query(Invoice).count()
    assert receive(number).state == "new"
    assert check(number) == "checked"
    SESSION.commit()
    assert SESSION.get(Invoice, number).state == "checked"
    assert check(3) == "checked"
    SESSION.flush()
    found = SESSION.scalars(select(Invoice).where(Invoice.state == "checked")).all()
    assert {3, number} <= {invoice.number for invoice in found}
    SESSION.rollback()
    assert len(SESSION.get(Invoice, 3).scan) == 60_000
