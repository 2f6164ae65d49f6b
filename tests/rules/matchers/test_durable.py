"""The durable matcher within the engine's limits: many rules, many reloads, many threads."""

import gc
import random
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tsunagi.rules.matchers import BothMatchers, Disagreement, DurableMatcher, MatchersDisagree, NativeMatcher
from tsunagi.rules.matchers.durable import unavailable
from tsunagi.rules.matchers.formula import Bit, Every, Formula, Negation, Some

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=f"no durable matcher here: {unavailable()}")


def random_rules(count: int, predicates: int, seed: int) -> dict[str, Formula]:
    chance = random.Random(seed)

    def formula(depth: int) -> Formula:
        if depth == 0 or chance.random() < 0.3:
            return Bit(chance.randrange(predicates))
        parts = tuple(formula(depth - 1) for _ in range(chance.randint(1, 3)))
        return chance.choice([Every(parts), Some(parts), Negation(Every(parts))])

    return {f"rule{number}": formula(2) for number in range(count)}


def random_truths(predicates: int, chance: random.Random) -> list[bool | None]:
    return [chance.choice([True, False, None]) for _ in range(predicates)]


def test_thousands_of_rules_that_all_match() -> None:
    rules: dict[str, Formula] = {f"r{n}": Bit(n) for n in range(3000)}
    assert DurableMatcher(rules).matching([True] * 3000) == rules.keys()
    assert DurableMatcher(rules).matching([None] * 3000) == set()


def test_identical_and_unconditional_and_impossible_rules() -> None:
    same: dict[str, Formula] = {f"same{n}": Every((Bit(0), Bit(1))) for n in range(600)}
    rules = same | {"always": Every(()), "never": Some(()), "contradiction": Every((Bit(0), Negation(Bit(0))))}
    matcher = DurableMatcher(rules)
    assert matcher.matching([True, True]) == same.keys() | {"always"}
    assert matcher.matching([True, False]) == {"always"}
    assert matcher.matching([None, None]) == {"always"}


def test_a_rule_with_more_alternatives_than_a_shard_takes() -> None:
    wide = Some(tuple(Bit(n) for n in range(100)))
    matcher = DurableMatcher({"wide": wide, "long": Every(tuple(Bit(n) for n in range(100)))})
    assert matcher.matching([None] * 99 + [True]) == {"wide"}
    assert matcher.matching([True] * 100) == {"wide", "long"}
    assert matcher.matching([False] * 100) == set()


@pytest.mark.parametrize("count", [1, 59, 60, 61, 400])
def test_shards_decide_as_one(count: int) -> None:
    rules = random_rules(count, 90, seed=count)
    native, durable, chance = NativeMatcher(rules), DurableMatcher(rules), random.Random(count)
    for _ in range(60):
        truths = random_truths(90, chance)
        assert durable.matching(truths) == native.matching(truths)


def test_threads_share_one_engine() -> None:
    rules = random_rules(150, 40, seed=7)
    native, durable = NativeMatcher(rules), DurableMatcher(rules)

    def work(seed: int) -> int:
        chance = random.Random(seed)
        other = DurableMatcher({f"own{seed}": Bit(0)})
        wrong = 0
        for _ in range(300):
            truths = random_truths(40, chance)
            wrong += durable.matching(truths) != native.matching(truths)
            wrong += other.matching(truths) != ({f"own{seed}"} if truths[0] else set())
        return wrong

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [0, 0, 0, 0]


def test_reloading_gives_the_memory_back() -> None:
    rules = random_rules(100, 60, seed=3)

    def reload(times: int) -> int:
        for _ in range(times):
            DurableMatcher(rules).matching([True] * 60)
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = reload(20)
    # Kept alive, a reload of these rules would take about a megabyte each time.
    assert reload(100) - before < 20_000


def test_an_interrupted_match_leaves_nothing_behind(tmp_path: Path) -> None:
    """A signal in the middle of a match (Ctrl-C) must not make the next one miss a rule."""
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import signal, sys\n"
        "from tsunagi.rules.matchers import DurableMatcher\n"
        "from tsunagi.rules.matchers.formula import Bit\n"
        "class Interrupted(Exception): pass\n"
        "def stop(*_): raise Interrupted\n"
        "signal.signal(signal.SIGALRM, stop)\n"
        "matcher, hits = DurableMatcher({f'r{n}': Bit(n) for n in range(200)}), 0\n"
        "for round in range(150):\n"
        "    try:\n"
        "        signal.setitimer(signal.ITIMER_REAL, 0.00002 + round % 30 * 0.00002)\n"
        "        while True: matcher.matching([True] * 200)\n"
        "    except Interrupted: hits += 1\n"
        "    assert len(matcher.matching([True] * 200)) == 200, round\n"
        "print(hits)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 150


def test_both_says_where_the_matchers_differ() -> None:
    class Broken(BothMatchers):
        def __init__(self, report: list[Disagreement] | None) -> None:
            super().__init__({"a": Bit(0)}, None if report is None else report.append)
            self._durable = DurableMatcher({"a": Bit(1), "b": Bit(1)})

    told: list[Disagreement] = []
    assert Broken(told).matching([True, True]) == {"a"}
    assert told == [Disagreement(frozenset(), frozenset({"b"}), (True, True))]
    with pytest.raises(MatchersDisagree, match="only native finds a; only durable finds -"):
        Broken(None).matching([True, False])
    assert Broken(None).matching([False, False]) == set()
