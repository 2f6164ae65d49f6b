"""A call into a plugin: whatever happens in it stays in it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tsunagi.errors import PluginError
from tsunagi.plugin_calls import PluginTimeout, call


class Odd(BaseException):
    pass


def raising(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    """What a call waits for; it ends with the test."""
    event = threading.Event()
    yield event
    event.set()


def test_it_returns_what_the_plugin_returns_and_raises_what_it_raises() -> None:
    assert call("acme", lambda: 42) == 42
    with pytest.raises(KeyError, match="lost"):
        call("acme", raising(KeyError("lost")))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), Odd("3")])
def test_what_would_end_a_program_is_the_plugins_failure(error: BaseException) -> None:
    with pytest.raises(PluginError) as failure:
        call("acme", raising(error))
    assert failure.value.plugin == "acme"
    assert type(error).__name__ in failure.value.message.en
    assert type(error).__name__ in failure.value.message.ja


def test_a_persons_ctrl_c_ends_a_wait_for_a_plugin(hung: threading.Event) -> None:
    def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        hung.wait()

    with pytest.raises(KeyboardInterrupt):
        call("acme", interrupted)


def test_nobody_waits_longer_than_the_limit(hung: threading.Event) -> None:
    with pytest.raises(PluginTimeout) as failure:
        call("acme", hung.wait, 0.01)
    assert failure.value.plugin == "acme"
    assert call("acme", lambda: "another call", 5) == "another call"


def test_a_hung_plugin_keeps_no_process_from_ending() -> None:
    program = (
        "import threading\nfrom tsunagi.plugin_calls import PluginTimeout, call\n"
        "try:\n    call('acme', threading.Event().wait, 0.01)\nexcept PluginTimeout:\n    print('went on')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "went on\n")


def test_what_a_plugin_prints_is_logged_by_its_name(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def talk() -> None:
        print("one", "two")
        print("and a", end="")
        sys.stdout.writelines([" half\n", "rest"])
        print("past it", file=sys.stderr)
        sys.stdout.flush()

    call("acme", talk)
    print("the hub's own")
    assert capsys.readouterr().out == "the hub's own\n"
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"plugin 'acme' printed: {line}" for line in ("one two", "and a half", "rest")]


def test_while_a_plugin_works_others_print_as_ever(capsys: pytest.CaptureFixture[str], hung: threading.Event) -> None:
    begun = threading.Event()

    def talk() -> None:
        begun.set()
        hung.wait()
        print("mine")

    waiting = threading.Thread(target=call, args=("acme", talk))
    waiting.start()
    begun.wait()
    print("the hub's own")
    hung.set()
    waiting.join()
    assert capsys.readouterr().out == "the hub's own\n"


def test_a_call_within_a_call_and_a_call_after_a_late_one(hung: threading.Event) -> None:
    assert call("outer", lambda: call("inner", lambda: "both", 5), 5) == "both"
    with pytest.raises(PluginTimeout):
        call("acme", hung.wait, 0.01)
    hung.set()
    # The late answer is nobody's.
    assert [call("acme", partial(str, number)) for number in range(20)] == [str(number) for number in range(20)]


def test_a_forked_process_makes_calls_too() -> None:
    program = (
        "import os\nfrom tsunagi.plugin_calls import call\ncall('acme', int)\nchild = os.fork()\n"
        "if child == 0:\n    os._exit(call('acme', lambda: 7, 20))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "7\n"
