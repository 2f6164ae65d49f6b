"""Matchers: from the truth of each predicate to the rules that hold, for many rules at once.

`native` compiles the formulas to one Python function, `durable` runs them on the durable_rules engine, `both`
asks the two and reports any difference. They are interchangeable: the answer is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tsunagi.errors import ConfigError
from tsunagi.rules.matchers import durable
from tsunagi.rules.matchers.both import BothMatchers, Disagreement, MatchersDisagree
from tsunagi.rules.matchers.durable import DurableMatcher
from tsunagi.rules.matchers.formula import Formula, Truths
from tsunagi.rules.matchers.native import NativeMatcher
from tsunagi.rules.wording import nearest
from tsunagi.text import Text

__all__ = [
    "MATCHERS",
    "BothMatchers",
    "Disagreement",
    "DurableMatcher",
    "Matcher",
    "MatcherChoice",
    "MatchersDisagree",
    "NativeMatcher",
    "choose",
]

MATCHERS = ("auto", "durable", "native", "both")


class Matcher(Protocol):
    """Formulas of many rules, compiled once and asked often, from any thread."""

    def matching(self, truths: Truths) -> frozenset[str]:
        """Ids of the rules whose formula holds; `truths` is indexed by predicate."""
        ...


@dataclass(frozen=True, slots=True)
class MatcherChoice:
    """The matcher in use, why it is that one, and how to compile formulas (by rule id) for it."""

    name: str
    reason: Text
    compiled: Callable[[Mapping[str, Formula]], Matcher]


def choose(name: str = "auto", *, report: Callable[[Disagreement], None] | None = None) -> MatcherChoice:
    """The matcher of this name; `auto` is durable wherever its engine can be imported.

    With `both`, differences go to `report`, and native's answer stands; without one they raise MatchersDisagree.
    Raises ConfigError for an unknown name, and where the engine is asked for by name and not there.
    """
    if name not in MATCHERS:
        message = Text(en=f"There is no matcher '{name}'.", ja=f"マッチャー「{name}」はありません。")
        raise ConfigError(message, hint=nearest(name, MATCHERS))
    if name == "native":
        return MatcherChoice("native", _ASKED, NativeMatcher)
    problem = durable.unavailable()
    if problem and name == "auto":
        return MatcherChoice("native", problem, NativeMatcher)
    if problem:
        raise ConfigError(problem, hint=_HINT)
    if name == "both":
        return MatcherChoice("both", _ASKED, lambda formulas: BothMatchers(formulas, report))
    return MatcherChoice("durable", _ASKED if name == "durable" else _THERE, DurableMatcher)


_ASKED = Text(en="chosen by setting", ja="設定による指定")
_THERE = Text(en="the durable_rules engine is available", ja="durable_rules エンジンが利用できます")
_HINT = Text(
    en="Set the matcher to 'auto' or 'native': both decide the same.",
    ja="マッチャーを「auto」または「native」にしてください。判定結果は同じです。",
)
