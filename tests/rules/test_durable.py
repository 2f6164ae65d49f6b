"""The durable matcher within the engine's limits: many rules, many reloads, many threads."""

import gc
import random
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tsunagi.rules.durable import DurableMatcher, unavailable
from tsunagi.rules.formula import Bit, Every, Formula, Negation, Some, Truths
from tsunagi.rules.matchers import BothMatchers, Disagreement, Matcher, MatchersDisagree, NativeMatcher

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=f"no durable matcher here: {unavailable()}")


def random_rules(count: int, predicates: int, seed: int) -> list[Formula]:
    chance = random.Random(seed)

    def formula(depth: int) -> Formula:
        if depth == 0 or chance.random() < 0.3:
            return Bit(chance.randrange(predicates))
        parts = tuple(formula(depth - 1) for _ in range(chance.randint(1, 3)))
        return chance.choice([Every(parts), Some(parts), Negation(Every(parts))])

    return [formula(2) for _ in range(count)]


def matched(matcher: Matcher, count: int, truths: Truths) -> set[int]:
    """All formulas are candidates."""
    return set(matcher.matching(range(count), truths))


def random_truths(predicates: int, chance: random.Random) -> list[bool | None]:
    return [chance.choice([True, False, None]) for _ in range(predicates)]


def test_thousands_of_rules_that_all_match() -> None:
    matcher = DurableMatcher([Bit(n) for n in range(3000)])
    assert matched(matcher, 3000, [True] * 3000) == set(range(3000))
    assert matched(matcher, 3000, [None] * 3000) == set()


def test_only_candidates_are_found() -> None:
    rules = random_rules(200, 20, seed=1)
    durable, native, chance = DurableMatcher(rules), NativeMatcher(rules), random.Random(1)
    for _ in range(60):
        truths, some = random_truths(20, chance), chance.sample(range(200), 30)
        assert durable.matching(some, truths) == native.matching(some, truths) <= set(some)


def test_identical_and_unconditional_and_impossible_rules() -> None:
    same: list[Formula] = [Every((Bit(0), Bit(1))) for _ in range(600)]
    matcher = DurableMatcher([*same, Every(()), Some(()), Every((Bit(0), Negation(Bit(0))))])
    assert matched(matcher, 603, [True, True]) == set(range(601))
    assert matched(matcher, 603, [True, False]) == {600}
    assert matched(matcher, 603, [None, None]) == {600}


def test_a_rule_with_more_alternatives_than_a_shard_takes() -> None:
    wide = Some(tuple(Bit(n) for n in range(100)))
    matcher = DurableMatcher([wide, Every(tuple(Bit(n) for n in range(100)))])
    assert matched(matcher, 2, [None] * 99 + [True]) == {0}
    assert matched(matcher, 2, [True] * 100) == {0, 1}
    assert matched(matcher, 2, [False] * 100) == set()


@pytest.mark.parametrize("count", [1, 59, 60, 61, 400])
def test_shards_decide_as_one(count: int) -> None:
    rules = random_rules(count, 90, seed=count)
    native, durable, chance = NativeMatcher(rules), DurableMatcher(rules), random.Random(count)
    for _ in range(60):
        truths = random_truths(90, chance)
        assert matched(durable, count, truths) == matched(native, count, truths)


def test_threads_share_one_engine() -> None:
    rules = random_rules(150, 40, seed=7)
    native, durable = NativeMatcher(rules), DurableMatcher(rules)

    def work(seed: int) -> int:
        chance = random.Random(seed)
        other = DurableMatcher([Bit(0)])
        wrong = 0
        for _ in range(300):
            truths = random_truths(40, chance)
            wrong += matched(durable, 150, truths) != matched(native, 150, truths)
            wrong += matched(other, 1, truths) != ({0} if truths[0] else set())
        return wrong

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [0, 0, 0, 0]


def test_reloading_gives_the_memory_back() -> None:
    rules = random_rules(100, 60, seed=3)

    def reload(times: int) -> int:
        for _ in range(times):
            DurableMatcher(rules).matching(range(100), [True] * 60)
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
        "from tsunagi.rules.durable import DurableMatcher\n"
        "from tsunagi.rules.formula import Bit\n"
        "class Interrupted(Exception): pass\n"
        "def stop(*_): raise Interrupted\n"
        "signal.signal(signal.SIGALRM, stop)\n"
        "matcher, hits = DurableMatcher([Bit(n) for n in range(200)]), 0\n"
        "for round in range(150):\n"
        "    try:\n"
        "        signal.setitimer(signal.ITIMER_REAL, 0.00002 + round % 30 * 0.00002)\n"
        "        while True: matcher.matching(range(200), [True] * 200)\n"
        "    except Interrupted: hits += 1\n"
        "    assert len(matcher.matching(range(200), [True] * 200)) == 200, round\n"
        "print(hits)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 150


def test_both_says_where_the_matchers_differ() -> None:
    class Broken(BothMatchers):
        def __init__(self, report: list[Disagreement] | None) -> None:
            super().__init__([Bit(0), Every((Bit(0), Bit(1)))], None if report is None else report.append)
            self._durable = DurableMatcher([Bit(1), Bit(1)])

    reported: list[Disagreement] = []
    assert Broken(reported).matching([0, 1], [False, True]) == set()
    assert reported == [Disagreement(frozenset(), frozenset({0, 1}), [False, True])]
    with pytest.raises(MatchersDisagree, match=r"only native finds \[0\]; only durable finds \[\]"):
        Broken(None).matching([0, 1], [True, False])
    assert Broken(None).matching([0, 1], [False, False]) == set()
