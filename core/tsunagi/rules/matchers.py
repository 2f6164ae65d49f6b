"""Matchers decide which rules hold, from the truth of each predicate, for many rules at once.

`native` compiles the formulas to Python functions, `durable` runs them on the durable_rules engine, `both` asks
the two and reports any difference. They are interchangeable: the answer is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.rules import durable
from tsunagi.rules.durable import DurableMatcher
from tsunagi.rules.formula import Bit, Every, Formula, Negation, Some, Truths
from tsunagi.text import Text
from tsunagi.wording import nearest

MATCHERS = ("auto", "durable", "native", "both")


class Matcher(Protocol):
    """Formulas, compiled once and evaluated often, from any thread."""

    def matching(self, candidates: Sequence[int], truths: Truths) -> frozenset[int]:
        """Which of these formulas hold, by number; `truths` are those of the predicates in them."""
        ...


@dataclass(frozen=True, slots=True)
class MatcherChoice:
    """The matcher in use, why it is that one, and how to compile formulas for it."""

    name: str
    reason: Text
    compiled: Callable[[Sequence[Formula]], Matcher]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Formulas that only one of the matchers found, and the truths it was given."""

    only_native: frozenset[int]
    only_durable: frozenset[int]
    truths: Truths


class MatchersDisagree(TsunagiError):
    """Two ways of deciding the same rules came to different answers; nothing may be done on either."""

    def __init__(self, disagreement: Disagreement) -> None:
        native, engine = sorted(disagreement.only_native), sorted(disagreement.only_durable)
        super().__init__(
            Text(
                en=f"The matchers disagree: only native finds {native}; only durable finds {engine}.",
                ja=f"マッチャーの結果が一致しません。native のみ: {native}、durable のみ: {engine}",
            )
        )
        self.disagreement = disagreement


def choose(name: str = "auto", *, report: Callable[[Disagreement], None] | None = None) -> MatcherChoice:
    """The matcher of this name; `auto` is durable wherever its engine can be imported.

    With `both`, differences go to `report`, and native's answer is used; without one they raise MatchersDisagree.
    Raises ConfigError for an unknown name, and where the engine is required by name and not installed.
    """
    if name not in MATCHERS:
        message = Text(en=f"There is no matcher '{name}'.", ja=f"マッチャー「{name}」はありません。")
        raise ConfigError(message, hint=nearest(name, MATCHERS))
    if name == "native":
        return MatcherChoice("native", _BY_SETTING, NativeMatcher)
    problem = durable.unavailable()
    if problem and name == "auto":
        return MatcherChoice("native", problem, NativeMatcher)
    if problem:
        raise ConfigError(problem, hint=_HINT)
    if name == "both":
        return MatcherChoice("both", _BY_SETTING, lambda formulas: BothMatchers(formulas, report))
    return MatcherChoice("durable", _BY_SETTING if name == "durable" else _AVAILABLE, DurableMatcher)


class NativeMatcher:
    """Each formula as a compiled Python function."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        self._holds = _compiled(formulas)

    def matching(self, candidates: Sequence[int], truths: Truths) -> frozenset[int]:
        holds = self._holds
        return frozenset([rule for rule in candidates if holds[rule](truths)])


class BothMatchers:
    """Runs native and durable; where they differ, reports it and uses native's answer, or raises."""

    def __init__(self, formulas: Sequence[Formula], report: Callable[[Disagreement], None] | None = None) -> None:
        self._native: Matcher = NativeMatcher(formulas)
        self._durable: Matcher = DurableMatcher(formulas)
        self._report = report

    def matching(self, candidates: Sequence[int], truths: Truths) -> frozenset[int]:
        native, engine = self._native.matching(candidates, truths), self._durable.matching(candidates, truths)
        if native != engine:
            self._differ(Disagreement(native - engine, engine - native, truths))
        return native

    def _differ(self, disagreement: Disagreement) -> None:
        if self._report is None:
            raise MatchersDisagree(disagreement)
        self._report(disagreement)


def _compiled(formulas: Sequence[Formula]) -> list[Callable[[Truths], bool]]:
    source = "\n".join(["[", *(f"lambda t: {_source(formula, True)}," for formula in formulas), "]"])
    # Made of numbers and operators alone: nothing a user wrote is in it.
    return cast("list[Callable[[Truths], bool]]", eval(compile(source, "<formulas>", "eval"), {}))  # noqa: S307


def _source(formula: Formula, wanted: bool) -> str:
    match formula:
        case Bit(predicate):
            return f"t[{predicate:d}] is {wanted}"
        case Negation(part):
            return _source(part, not wanted)
        case Every(parts):
            # Not every one holds, for certain, where one certainly does not.
            return _joined(parts, wanted, " and " if wanted else " or ")
        case Some(parts):
            return _joined(parts, wanted, " or " if wanted else " and ")


def _joined(parts: tuple[Formula, ...], wanted: bool, operator: str) -> str:
    if not parts:
        return str(operator == " and ")
    return "(" + operator.join(_source(part, wanted) for part in parts) + ")"


_BY_SETTING = Text(en="chosen by setting", ja="設定による指定")
_AVAILABLE = Text(en="the durable_rules engine is available", ja="durable_rules エンジンが利用できます")
_HINT = Text(
    en="Set the matcher to 'auto' or 'native': both decide the same.",
    ja="マッチャーを「auto」または「native」にしてください。判定結果は同じです。",
)
