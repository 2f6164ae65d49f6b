"""Reconciliation as people ask for it: how many differences of each cause, and the first of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.app.sync.reconciling import Difference, pair_differences
from tsunagi.app.sync.reconciling_documents import document_differences, exchange_rates
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.text import Text
from tsunagi.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`counts` by cause; `differences` are the first ones of each. `problems` says why a pair was not compared."""

    counts: Mapping[str, int]
    differences: Sequence[Difference]
    problems: Mapping[str, Text]

    def of(self, cause: str) -> list[Difference]:
        return [each for each in self.differences if each.cause == cause]

    def refs(self) -> list[RecordRef]:
        return [ref for each in self.differences for ref in (each.left, each.right) if ref is not None]


def reconcile(
    context: Context, actor: Person | None, *, pairs: Sequence[str] = (), limit: int = 20, ask: bool = False
) -> Reconciliation:
    """Compare both sides as the store knows them; some pairs, or all with the documents.

    At most `limit` differences of each cause are kept, whatever their number. `ask` asks both sides for their exchange
    rates, too. Raises PermissionDenied, ConfigError for an unknown pair.
    """
    require(context, actor, "sync:run")
    problems: dict[str, Text] = {}
    counts: Counter[str] = Counter()
    kept: list[Difference] = []
    for each in _all(context, actor, pairs, problems, ask=ask):
        counts[each.cause] += 1
        if counts[each.cause] <= limit:
            kept.append(each)
    return Reconciliation(dict(counts), kept, problems)


def _all(
    context: Context, actor: Person | None, pairs: Sequence[str], problems: dict[str, Text], *, ask: bool
) -> Iterator[Difference]:
    on = {connection.service for connection in context.connectors.active()}
    for pair in context.registry.pairs_in_order(list(pairs) or None):
        if {pair.left.service, pair.right.service} <= on:
            yield from _noted(pair.name, pair_differences(context, pair.name), problems)
    if not pairs:
        yield from document_differences(context, actor)
        if ask:
            yield from exchange_rates(context, actor)


def _noted(pair: str, found: Iterable[Difference], problems: dict[str, Text]) -> Iterator[Difference]:
    """A pair whose settings have a mistake holds up no other."""
    try:
        yield from found
    except TsunagiError as error:
        problems[pair] = error.message


def cause_labels() -> Mapping[str, str]:
    """The causes in the order people are told of them, in the reader's language."""
    return {
        "not_synced": _("Edited and not synced yet"),
        "failed": _("The write failed"),
        "parked": _("Waiting for a person"),
        "not_linked": _("Not linked"),
        "missing": _("Missing on the other side"),
        "one_way": _("Field travels one way"),
        "setting": _("Left as it is by a setting"),
        "deal_without_invoice": _("Deal won without an invoice"),
        "document_without_deal": _("Document without a deal"),
        "document_total": _("Total and balance do not add up"),
        "customer_balance": _("Receivables are not the sum of open invoices"),
        "rate": _("Exchange rates differ"),
    }
