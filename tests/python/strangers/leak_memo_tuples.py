"""A dict remembers tuples that can be worked out again."""

SELECTORS = ["DIVISORS", "DIVISORS[60]"]
EXPECT_LINES = True
DIVISORS = {}


def divisors(number):
    found = DIVISORS.get(number)
    if found is None:
        found = DIVISORS[number] = tuple(one for one in range(1, number + 1) if number % one == 0)
    return found


for number in range(1, 300):
    divisors(number)


def next_step():
    return divisors(60), divisors(301)
