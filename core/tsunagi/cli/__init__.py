"""The `tsunagi` command."""

import sys


def main() -> None:
    """Run the command line of this process and end it with an exit code."""
    # Not before it is needed: whoever imports the package must not pay for its commands.
    from tsunagi.cli.running import run

    sys.exit(run(sys.argv[1:]))
