"""A dict remembers what was parsed, which nobody can change."""

import dataclasses

SELECTORS = ["PARSED", "PARSED['3:x']", "type:Version"]
EXPECT_LINES = True
PARSED = {}


@dataclasses.dataclass(frozen=True)
class Version:
    number: int
    name: str

    @classmethod
    def parse(cls, text):
        number, _, name = text.partition(":")
        return cls(int(number), name * 100)


def version(text):
    if text not in PARSED:
        PARSED[text] = Version.parse(text)
    return PARSED[text]


for number in range(30):
    version(f"{number}:x")


def next_step():
    return version("3:x").number, version("99:y").number
