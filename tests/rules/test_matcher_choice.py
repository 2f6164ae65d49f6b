"""Which matcher is in use, and why, with the engine and without it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tsunagi import ConfigError
from tsunagi.rules.durable import unavailable
from tsunagi.rules.formula import Bit
from tsunagi.rules.matchers import choose


def test_auto_takes_durable_where_it_can_and_says_why() -> None:
    choice = choose("auto")
    assert choice.name == ("durable" if unavailable() is None else "native")
    assert choice.reason.en
    assert choice.reason.ja
    assert choice.compiled([Bit(0)]).matching([0], [True]) == {0}


def test_native_can_be_asked_for_everywhere() -> None:
    assert choose("native").compiled([Bit(0)]).matching([0], [False]) == set()


def test_an_unknown_matcher_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        choose("natve")
    assert "native" in str(caught.value.hint)


def test_without_the_engine_native_decides_and_the_reason_is_visible(tmp_path: Path) -> None:
    # What CPython 3.13 says when it finds the engine built for it.
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol: PyEval_CallObject')\n")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tsunagi import ConfigError\n"
        "from tsunagi.rules.matchers import choose\n"
        "choice = choose()\n"
        "print(choice.name, '|', choice.reason.en)\n"
        "for name in ('durable', 'both'):\n"
        "    try: choose(name)\n"
        "    except ConfigError as error: print(error.message.ja, '|', error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    chosen, *refused = done.stdout.splitlines()
    assert chosen == "native | the durable_rules engine cannot be imported here: undefined symbol: PyEval_CallObject"
    assert len(refused) == 2
    assert all("PyEval_CallObject" in line and "'native'" in line for line in refused)
