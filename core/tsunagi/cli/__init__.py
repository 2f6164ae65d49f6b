"""The `tsunagi` command."""

import gc
import sys

# Imports make objects by the hundred thousand, and none of them is garbage: looking for it every 700 costs a sixth of
# the time of a short command.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> None:
    """Run the command line of this process and end it with an exit code."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    # Not before it is needed: importing the package must not import its commands.
    from tsunagi.cli.running import run

    sys.exit(run(sys.argv[1:]))
