"""Reconciliation as people ask for it: differences of pairs, documents and rates, how many of each cause."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tsunagi.app.access.permissions import require, viewable
from tsunagi.app.connections.compatibility import rate_differences
from tsunagi.app.context import Context
from tsunagi.app.sync.reconciling import Difference, pair_differences
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document, Panel
from tsunagi.domain.money import Money
from tsunagi.domain.rates import Agreement
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.outstanding import DocumentChecks
from tsunagi.store.records import Records
from tsunagi.text import Text
from tsunagi.translation import gettext as _

log = Log(__name__)

_INVOICE = "invoice"
_PAGE = 200
_NO_INVOICE = Text(en="The deal is won, and no invoice names it.", ja="受注済みですが、請求書がありません。")
_NO_DEAL = Text(en="The document names no deal.", ja="書類に商談が記載されていません。")


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


def document_differences(context: Context, actor: Person | None) -> Iterator[Difference]:
    """Deals won without an invoice, documents without a deal, and sums that do not add up.

    Documents that the person may not see are left out.
    """
    panels = _panels(context)
    invoices = [panel for panel in panels if panel.entity == _INVOICE]
    if invoices:
        yield from _unbilled_deals(context, [panel.service for panel in invoices])
    for panel in panels:
        yield from _documents(context, panel, actor)
    for panel in invoices:
        yield from _balances(context, panel)


def exchange_rates(context: Context, actor: Person | None) -> Iterator[Difference]:
    """Where the two sides' rates differ by more than rounding. Both are asked; who does not answer is left out."""
    for connection in context.connectors.active():
        kind = context.registry.connectors.get(connection.service)
        if kind is None or kind.is_crm:
            continue
        try:
            found = rate_differences(context, connection.service, actor=actor)
        except TsunagiError as error:
            log.warning("rates_not_compared", service=connection.service, reason=str(error))
            continue
        command = f"tsunagi currencies rates --service {connection.service}"
        for each in found:
            if each.severity not in (Agreement.NONE, Agreement.ROUNDING):
                why = Text(
                    en=f"The rate of {each.currency} differs between the CRM and {kind.label.en}.",
                    ja=f"{each.currency} の為替レートが CRM と {kind.label.ja} で異なります。",
                )
                yield Difference(
                    "rate", "", None, None, why, command, each.currency, each.crm_value, each.finance_value
                )


def _panels(context: Context) -> list[Panel]:
    """Kinds of documents that name deals, of services that are on."""
    on = {connection.service for connection in context.connectors.active()}
    return [
        panel
        for panel in context.registry.panels
        if panel.service in on and "deal" in panel.places and not panel.customers_only
    ]


def _unbilled_deals(context: Context, services: Sequence[str]) -> Iterator[Difference]:
    crm, after = context.registry.crm_service(), None
    while True:
        with context.store.read() as session:
            page = Records(session).page(crm, "deal", after=after, limit=_PAGE)
            won = [deal.ref for deal in page.items if deal.fields.get("outcome") == "won"]
            billed = {ref for each in services for ref in DocumentChecks(session).deals_answered(won, each, _INVOICE)}
        for deal in won:
            if deal not in billed:
                command = f"tsunagi why-not {deal.id}"
                yield Difference("deal_without_invoice", "", deal, None, _NO_INVOICE, command)
        if page.next is None:
            return
        after = page.next


def _documents(context: Context, panel: Panel, actor: Person | None) -> Iterator[Difference]:
    void, after = panel.in_stage("void"), None
    while True:
        with context.store.read() as session:
            page = Documents(session).page(DocumentsOf(panel.service, panel.entity), after=after, limit=_PAGE)
            seen = viewable(context, session, actor, [document.ref for document in page.items])
        for document in page.items:
            if document.ref in seen and document.status not in void:
                yield from _document(document)
        if page.next is None:
            return
        after = page.next


def _document(document: Document) -> Iterator[Difference]:
    if document.deal is None:
        yield Difference("document_without_deal", "", None, document.ref, _NO_DEAL, f"tsunagi why {document.ref}")
    total, balance = document.total.amount, document.balance.amount
    if document.ref.entity == _INVOICE and not _between(balance, total):
        why = Text(
            en=f"{document.number}: {document.balance} is open of {document.total}.",
            ja=f"{document.number}: 合計 {document.total} に対して残高が {document.balance} です。",
        )
        command = f"tsunagi documents refresh {document.ref.service}"
        values = (document.total, document.balance)
        yield Difference("document_total", "", document.deal, document.ref, why, command, "balance", *values)


def _between(balance: Decimal, total: Decimal) -> bool:
    lowest, highest = sorted((total, Decimal(0)))
    return lowest <= balance <= highest


def _balances(context: Context, panel: Panel) -> Iterator[Difference]:
    """Customers whose open invoices do not sum up to what the service says they owe."""
    void, draft = panel.in_stage("void"), panel.in_stage("draft")
    for kind in context.registry.connectors[panel.service].entities:
        entity = context.registry.entity(panel.service, kind)
        if not any(spec.name == "receivable" for spec in entity.fields):
            continue
        after = None
        while True:
            with context.store.read() as session:
                page = Records(session).page(panel.service, kind, after=after, limit=_PAGE)
                refs = [record.ref for record in page.items]
                sums = DocumentChecks(session).open_balances(panel.service, panel.entity, refs, left_out=void | draft)
            for record in page.items:
                yield from _balance(record, sums.get(record.ref, []))
            if page.next is None:
                break
            after = page.next


def _balance(record: Record, sums: Sequence[Money]) -> Iterator[Difference]:
    owed = record.fields.get("receivable")
    if not isinstance(owed, Money):
        return
    found = next((each for each in sums if each.currency == owed.currency), Money(owed.amount * 0, owed.currency))
    if found == owed:
        return
    why = Text(
        en=f"The customer owes {owed} as the service says, {found} by their open invoices.",
        ja=f"顧客の売掛残高は {owed} ですが、未払い請求書の合計は {found} です。",
    )
    command = f"tsunagi documents refresh {record.ref.service}"
    yield Difference("customer_balance", "", None, record.ref, why, command, "receivable", found, owed)
