"""Starts the `zoho-sandbox` command, where what it needs beside the hub is installed."""

import sys
from importlib.util import find_spec

# Documents are printed with it; nothing of the hub needs it.
_EXTRA = "reportlab"


def missing_extra() -> bool:
    """Is the distribution installed without its extra `sandbox`?"""
    return find_spec(_EXTRA) is None


def main() -> None:
    """Run the command of this process, or say what to install and end with exit code 2."""
    if missing_extra():
        sys.stderr.write("The sandbox needs the extra 'sandbox': pip install 'tsunagi[sandbox]'\n")
        sys.exit(2)
    from zoho_sandbox.cli import main as command  # noqa: PLC0415 - imports what may be missing

    command()
