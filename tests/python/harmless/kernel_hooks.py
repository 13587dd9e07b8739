"""A cell that registers a hook was run ten times, each time with a new table in its closure."""

REQUIRES = ["ipykernel", "jupyter_client"]
EXPECTS = "words"
ANCHORS = ["callbacks"]
SELECTOR = "type:__main__.Table"
REMEDY = """
for hook in list(get_ipython().events.callbacks["post_run_cell"]):
    if hook.__qualname__ == "watch.<locals>.report":
        get_ipython().events.unregister("post_run_cell", hook)
del hook
"""

# %% setup
import weakref

seen, reports, counted = [], [], []


class Table:
    def __init__(self, n):
        self.cells = bytearray(n)


def watch(n):
    table = Table(n)
    seen.append(weakref.ref(table))

    def report(result):
        reports.append(len(table.cells))

    get_ipython().events.register("post_run_cell", report)


def count(result):
    counted.append(result.success)


get_ipython().events.register("post_run_cell", count)

# %% leak
for k in range(10):
    watch(200_000)

# %% leak
k = "mine"

# %% leaked
seen[:10]

# %% next
n_counted = len(counted)

# %% next
assert len(counted) == n_counted + 1, "the notebook's own hook no longer runs"
assert k == "mine"
watch(10)
"shown"

# %% next
assert _ == "shown"
assert reports[-1] == 10
assert set(get_ipython().events.callbacks) >= {"pre_execute", "post_execute", "pre_run_cell", "post_run_cell"}
get_ipython().events.unregister("post_run_cell", count)
get_ipython().events.register("post_run_cell", count)
