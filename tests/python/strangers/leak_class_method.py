"""A class method appends to a class attribute that nothing reads."""

SELECTORS = ["Audit.trail", "Audit.trail[3]"]
EXPECT_LINES = True


class Audit:
    trail = []

    @classmethod
    def note(cls, user, action):
        cls.trail.append(f"{user} {action} " * 50)


def act(user):
    Audit.note(user, "acts")
    return f"{user} acted"


for number in range(30):
    act(f"user {number}")


def next_step():
    return act("last")
