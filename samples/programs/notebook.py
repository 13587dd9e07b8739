"""A notebook session: results that `Out` keeps after `del`."""

import os
import tempfile

os.environ.setdefault("IPYTHONDIR", tempfile.mkdtemp())
from IPython.core.interactiveshell import InteractiveShell

CELLS = [
    "import numpy as np, pandas as pd",
    "arr = np.arange(200_000.0)",
    "frame = pd.DataFrame({'a': range(10_000)})",
    "arr",
    "arr[:3]",
    "frame.head()",
    "frame",
    "del arr",
    "del frame",
    "[str(number) * 20 for number in range(2_000)]",
    "cache = {name: bytearray(5_000) for name in 'abc'}",
    "cache['a']",
    "undefined_name",
    "def fail(local=[bytearray(9_000)]):\n    inside = bytearray(80_000)\n    return 1 / 0",
    "fail()",
]
shell = InteractiveShell.instance(colors="NoColor")
for cell in CELLS:
    shell.run_cell(cell, store_history=True)
