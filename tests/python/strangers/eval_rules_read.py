"""Rules are texts out of JSON, which name what the module has."""

import json

SELECTORS = ["ALERTS[5]", "ALERTS", "RATES['c7']", "RATES"]
RATES = {f"c{number}": 1 + number / 100 for number in range(500)}
ALERTS = []
RULES = json.loads('{"price": "round(10 * RATES[code], 2)", "hot": "sum(1 for one in ALERTS if one)"}')


def alert(text):
    ALERTS.append(text)


def run(name, **values):
    return eval(RULES[name], globals(), values)


for number in range(20):
    alert(f"hot {number} " * 80)


def next_step():
    return run("price", code="c7"), run("hot")
