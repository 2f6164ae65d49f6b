"""Both matchers side by side: the same question to each, and a word on every difference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tsunagi.errors import TsunagiError
from tsunagi.rules.matchers.durable import DurableMatcher
from tsunagi.rules.matchers.formula import Formula, Truths
from tsunagi.rules.matchers.native import NativeMatcher
from tsunagi.rules.wording import listed
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rules that only one of the matchers found, and the truths it was asked with."""

    only_native: frozenset[str]
    only_durable: frozenset[str]
    truths: tuple[bool | None, ...]


class MatchersDisagree(TsunagiError):
    """Two ways of deciding the same rules came to different answers; nothing may be done on either."""

    def __init__(self, disagreement: Disagreement) -> None:
        native, durable = listed(disagreement.only_native), listed(disagreement.only_durable)
        super().__init__(
            Text(
                en=f"The matchers disagree: only native finds {native}; only durable finds {durable}.",
                ja=f"マッチャーの結果が一致しません。native のみ: {native}、durable のみ: {durable}",
            )
        )
        self.disagreement = disagreement


class BothMatchers:
    """Asks native and durable; where they differ, reports it and lets native's answer stand, or raises."""

    def __init__(self, formulas: Mapping[str, Formula], report: Callable[[Disagreement], None] | None = None) -> None:
        self._native = NativeMatcher(formulas)
        self._durable = DurableMatcher(formulas)
        self._report = report

    def matching(self, truths: Truths) -> frozenset[str]:
        native, durable = self._native.matching(truths), self._durable.matching(truths)
        if native != durable:
            self._told(Disagreement(native - durable, durable - native, tuple(truths)))
        return native

    def _told(self, disagreement: Disagreement) -> None:
        if self._report is None:
            raise MatchersDisagree(disagreement)
        self._report(disagreement)
