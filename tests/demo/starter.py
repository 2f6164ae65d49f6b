"""Runs `tsunagi` in processes that are forked from one which has everything imported: each is a process of its own, and
none spends seconds on its start.

Reads a request a line on standard input: {"argv", "env", "cwd", "out", "err"}. Answers with the process's id, and when
it has ended with its code, negative for a signal.
"""

import json
import os
import sys

import tsunagi.cli.running  # noqa: F401 - this and the plugins: imported ahead, for every process
import tsunagi_books  # noqa: F401
import tsunagi_crm  # noqa: F401
import tsunagi_demo.staging  # noqa: F401
import tsunagi_expense  # noqa: F401
import tsunagi_invoice  # noqa: F401
import tsunagi_subscriptions  # noqa: F401
from tsunagi.cli import main


def begin(request):
    """Makes this process the one that was asked for."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for stream, (path, flags) in enumerate(
        [(os.devnull, os.O_RDONLY), (request["out"], os.O_WRONLY), (request["err"], os.O_WRONLY)]
    ):
        opened = os.open(path, flags | (os.O_CREAT if stream else 0))
        os.dup2(opened, stream)
        os.close(opened)
    sys.argv = ["tsunagi", *request["argv"]]
    main()


def tell(number):
    sys.__stdout__.write(f"{number}\n")
    sys.__stdout__.flush()


def listen():
    while line := sys.stdin.readline():
        process = os.fork()
        if process == 0:
            begin(json.loads(line))
            return
        tell(process)
        _, status = os.waitpid(process, 0)
        tell(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    listen()
