"""`make fmt`: formats Rust and Python."""

import setup

python = setup.tools_python()
setup.run(["cargo", "fmt", "--all"])
setup.run([python, "-m", "ruff", "check", "--fix", "--quiet", "."])
setup.run([python, "-m", "ruff", "format", "--quiet", "."])
