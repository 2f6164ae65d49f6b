"""The matcher on the durable_rules engine, which receives predicate bits only and combines them.

The engine is fast and many rules share its network, but it is unforgiving: it takes one thread at a time, kills the
process when its limits are passed, and reads types loosely. Therefore, here and nowhere else:

- one lock for the process around every call, and none of the engine's own timers;
- every rule tests the guard key first, so that the engine's messages about itself match nothing;
- rules are conjunctions of present keys; there is no negation, alternative, pattern or arithmetic inside;
- shards of at most 60 rules and 200 keys stay far below the engine's limits (64 matches, 252 keys, 511 nodes);
- one state for ever, a fact retracted as soon as it was asserted, all matches completed before the next fact;
- each shard is primed with one match, without which deleting its state is not safe; state before ruleset.
"""

import itertools
import json
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType

from tsunagi.errors import TsunagiError
from tsunagi.rules.formula import Alternative, Formula, Literal, Truths, alternatives
from tsunagi.text import Text

RULES_IN_SHARD = 60
KEYS_IN_SHARD = 200

_GUARD, _PRIME, _STATE = "_k", "_p", "0"
_MATCHED, _NO_MATCH = 0, 1
_FACT = f'{{"sid":"{_STATE}","id":"1","{_GUARD}":1'

_lock = threading.Lock()
_numbers = itertools.count()
# Rulesets of deleted matchers; the collector may run at any moment, so they are only noted there and
# unblocked by the next one who holds the lock.
_retired: deque[int] = deque()


def _import_engine() -> tuple[ModuleType | None, str]:
    try:
        import durable_rules_engine  # noqa: PLC0415 - it may be absent, or present and not importable
    except ImportError as error:
        return None, str(error)
    return durable_rules_engine, ""


_engine, _problem = _import_engine()


def unavailable() -> Text | None:
    """Why the engine cannot be used on this Python, None where it can."""
    if _engine is not None:
        return None
    return Text(
        en=f"the durable_rules engine cannot be imported here: {_problem}",
        ja=f"durable_rules エンジンを読み込めません: {_problem}",
    )


class DurableMatcher:
    """Formulas on the durable_rules engine. Safe from any thread; calls are made one after the other."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        ways = [alternatives(formula) for formula in formulas]
        self._always = frozenset(rule for rule, its_ways in enumerate(ways) if frozenset() in its_ways)
        self._shards = tuple(_Shard(rules) for rules in _sharded(_by_alternative(ways)))
        self._keys = _keys_by_rule(len(formulas), self._shards)

    def matching(self, candidates: Sequence[int], truths: Truths) -> frozenset[int]:
        """Only shards with a candidate are run, and each gets all facts about its candidates."""
        asked: dict[int, set[str]] = {}
        for rule in candidates:
            for shard, keys in self._keys[rule]:
                true = [key for predicate, wanted, key in keys if truths[predicate] is wanted]
                if true:
                    asked.setdefault(shard, set()).update(true)
        found = self._always.intersection(candidates)
        for shard, true_keys in asked.items():
            matched = self._shards[shard].matching(true_keys)
            if matched:
                found |= matched.intersection(candidates)
        return found


_Rules = Mapping[Alternative, Sequence[int]]
_Keys = tuple[tuple[int, bool, str], ...]


def _by_alternative(ways: Sequence[Sequence[Alternative]]) -> _Rules:
    """Rules that ask for the same things are one rule to the engine."""
    rules: dict[Alternative, list[int]] = {}
    for rule, its_ways in enumerate(ways):
        for alternative in its_ways:
            if alternative:
                rules.setdefault(alternative, []).append(rule)
    return rules


def _sharded(rules: _Rules) -> Iterator[_Rules]:
    shard: dict[Alternative, Sequence[int]] = {}
    keys: set[Literal] = set()
    for alternative, its_rules in rules.items():
        if len(shard) == RULES_IN_SHARD or len(keys | alternative) > KEYS_IN_SHARD:
            yield shard
            shard, keys = {}, set()
        shard[alternative] = its_rules
        keys |= alternative
    if shard:
        yield shard


def _keys_by_rule(count: int, shards: Sequence["_Shard"]) -> tuple[tuple[tuple[int, _Keys], ...], ...]:
    """For each rule: the shards it is in, and the keys it tests there."""
    found: list[dict[int, set[Literal]]] = [{} for _ in range(count)]
    for number, shard in enumerate(shards):
        for alternative, rules in shard.rules.items():
            for rule in rules:
                found[rule].setdefault(number, set()).update(alternative)
    return tuple(
        tuple((shard, tuple((*literal, _key(literal)) for literal in sorted(its))) for shard, its in each.items())
        for each in found
    )


class _Shard:
    """One ruleset of the engine."""

    def __init__(self, rules: _Rules) -> None:
        self.rules = rules
        self._found = {f"r{number}": frozenset(its) for number, its in enumerate(rules.values())}
        definition = {f"r{number}": _conjunction(sorted(map(_key, way))) for number, way in enumerate(rules)}
        self._definition = json.dumps({**definition, "prime": _conjunction([_PRIME])})
        self._handles: list[int] = []
        weakref.finalize(self, _retired.extend, self._handles).atexit = False

    def matching(self, keys: Iterable[str]) -> frozenset[int]:
        return frozenset().union(*(self._found[rule] for rule in self._matched(keys)))

    def _matched(self, keys: Iterable[str]) -> list[str]:
        with _lock:
            _free_retired()
            # Taken away while in use: after an interruption half-way the engine's state is unknown, and
            # the next call makes a new ruleset. The old one is not even unblocked, as that might not be safe.
            handle = self._handles.pop() if self._handles else _created(self._definition)
            matched = _fire(handle, keys)
            self._handles.append(handle)
        return matched


def _key(literal: Literal) -> str:
    predicate, wanted = literal
    return f"{'t' if wanted else 'f'}{predicate}"


def _conjunction(keys: Sequence[str]) -> dict[str, object]:
    return {"all": [{"m": {"$and": [{_GUARD: 1}, *({key: 1} for key in keys)]}}], "count": 1}


def _loaded() -> ModuleType:
    if _engine is None:
        reason = unavailable()
        assert reason is not None
        raise TsunagiError(reason)
    return _engine


def _created(definition: str) -> int:
    handle: int = _loaded().create_ruleset(f"tsunagi{next(_numbers)}", definition)
    if _fire(handle, [_PRIME]) != ["prime"]:
        raise TsunagiError(_odd("the first match did not come"))
    return handle


def _fire(handle: int, keys: Iterable[str]) -> list[str]:
    """Names of the rules that match these keys."""
    engine = _loaded()
    fact = _FACT + "".join([f',"{key}":1' for key in keys]) + "}"  # keys are letters and digits
    code, state = engine.assert_fact(handle, fact)
    if code == _NO_MATCH:  # and the engine has not kept the fact either
        return []
    if code != _MATCHED:
        raise TsunagiError(_odd(f"code {code} for a new fact"))
    matched = list(_completed(engine, handle, state))
    engine.retract_fact(handle, fact)
    return matched


def _completed(engine: ModuleType, handle: int, state: int) -> Iterator[str]:
    started = engine.start_action_for_state(handle, state)
    messages: str | None = started[1] if started else None
    while messages:
        yield from json.loads(messages)
        messages = engine.complete_and_start_action(handle, state)


def _free_retired() -> None:
    while _retired:
        handle = _retired.popleft()
        _loaded().delete_state(handle, _STATE)
        _loaded().delete_ruleset(handle)


def _odd(what: str) -> Text:
    return Text(
        en=f"The durable_rules engine answered in a way it should not: {what}.",
        ja=f"durable_rules エンジンの応答が想定と異なります: {what}。",
    )
