"""Imports small programs, dumps once, and tries in forked copies what the plans for their objects say.

Call: remedies.py SNAPSHOT PROGRAMS_JSON. Prints for each program its plan and what came of it, as JSON.
Each program is a module with `ASK`, a selector; `gone()`, whether the objects went; and `step()`, its own
next step.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import heapview

# The threads of the engine are idle while this process is copied.
warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)


def in_copy(code, module):
    """Run the lines as one cell, then the program's next step, in a forked copy; return what came of it."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        answer = {"error": None, "gone": None}
        signal.alarm(60)
        try:
            exec(compile("\n".join(code), "<lines>", "exec"), {"__name__": "__main__"})
            answer["gone"] = bool(module.gone())
            module.step()
        except BaseException as error:
            answer["error"] = repr(error)
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    answer = json.loads(os.read(reader, 1 << 16))
    os.close(reader)
    os.wait()
    return answer


def main(path, programs):
    """Import, dump, ask, try."""
    folder = Path(path).parent
    sys.path.insert(0, str(folder))
    modules = {}
    for name, source in programs.items():
        (folder / f"{name}.py").write_text(source)
        modules[name] = importlib.import_module(name)
    gc.collect()
    heapview.heapdump(path)
    answers = {}
    for name, module in modules.items():
        words = [sys.executable, "-m", "heapview", "free", path, module.ASK, "--json", "--all"]
        done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, check=False)
        plan = json.loads(done.stdout)
        answers[name] = {**plan, **in_copy(plan["code"], module)}
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))
