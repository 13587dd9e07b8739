"""`python -m heapview` and the `heapview` command."""

import signal
import sys

from heapview import _heapview


def main() -> int:
    """Run the command line; return the exit code."""
    # The engine runs without the interpreter: Ctrl-C must end it at once, not when it comes back.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _heapview.main(["heapview", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
