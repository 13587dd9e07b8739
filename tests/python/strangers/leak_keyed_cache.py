"""A cache of answers, each made of its key alone."""

EXPECT_LINES = True
SELECTORS = ["ANSWERS", "ANSWERS[(3, 4)]", "type:Answer"]


ANSWERS = {}


class Answer:
    def __init__(self, text):
        self.text = text


def answer(one, other):
    key = (one, other)
    if key not in ANSWERS:
        ANSWERS[key] = Answer(f"{one} and {other} " * 100)
    return ANSWERS[key].text


for number in range(20):
    answer(number, number + 1)


def next_step():
    return answer(3, 4), answer(50, 51)
