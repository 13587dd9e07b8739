"""A list keeps alive what an identity map finds weakly, with attributes that are in no table."""

import sqlalchemy
import sqlalchemy.orm

SELECTORS = ["OPEN[1]", "OPEN", "type:Account"]


Base = sqlalchemy.orm.declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    number = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    locked = False


engine = sqlalchemy.create_engine("sqlite://")
Base.metadata.create_all(engine)
session, OPEN = sqlalchemy.orm.Session(engine), []


def lock(number):
    session.get(Account, number).locked = True


def withdraw(number):
    return "refused" if session.get(Account, number).locked else "paid"


session.add_all(Account(number=number) for number in range(1, 21))
session.commit()
for number in range(1, 21):
    OPEN.append(session.get(Account, number))
lock(2)


def next_step():
    return withdraw(2), withdraw(3)
