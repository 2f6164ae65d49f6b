"""The facts of an event: its record, those it refers to, and what rules ask for beyond them, gathered only then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.context import Context
from tsunagi.domain.documents import Document
from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Event
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.rules.derived import (
    DOCUMENTS,
    OWNER,
    PRODUCTS,
    QUANTIFIED,
    RATES,
    RECEIVABLES,
    owes,
    products_of,
    services_named,
)
from tsunagi.rules.facts import facts_of
from tsunagi.rules.rates import crm_rate
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.listings import Cursors
from tsunagi.store.people import People

# Kinds of document that this may happen to are what a customer owes by.
_OVERDUE = "overdue"


def event_facts(context: Context, event: Event, stored: StoredContext, paths: Collection[str]) -> dict[str, Fields]:
    """`paths` are the facts that are needed. Raises ConnectorError where a deal's products cannot be read."""
    facts = facts_of(event, stored.fields, stored.day_of(event.at))
    roots = {path.partition(".")[0] for path in paths}
    gathered = _Gathered(context, event, stored, facts.get(event.ref.entity, {}))
    if RECEIVABLES in roots:
        facts.setdefault(RECEIVABLES, gathered.receivables(services_named(paths, RECEIVABLES)))
    if DOCUMENTS in roots:
        facts.setdefault(DOCUMENTS, gathered.documents(paths))
    if OWNER in roots:
        facts.setdefault(OWNER, gathered.owner())
    if roots & {PRODUCTS, *QUANTIFIED}:
        facts.setdefault(PRODUCTS, gathered.products())
    if RATES in roots:
        facts[RATES] = gathered.rates()
    return facts


class _Gathered:
    """`own` are the fields of the event's record."""

    def __init__(self, context: Context, event: Event, stored: StoredContext, own: Fields) -> None:
        self._context, self._event, self._stored, self._own = context, event, stored, own

    def receivables(self, services: Iterable[str]) -> Fields:
        """By service, what the customer owes there; one that is no customer of a service is not there."""
        today = self._stored.day_of(self._event.at)
        found: dict[str, Value] = {}
        active = {connection.service for connection in self._context.connectors.active()}
        for kind in self._context.registry.entities.values():
            if kind.service in services and kind.service in active and owes(kind):
                customer = self._customer(kind)
                record = self._stored.fields(customer) if customer else None
                if customer is not None and record is not None:
                    found[kind.service] = self._owed(customer, record, today)
        return found

    def _customer(self, kind: EntityType) -> RecordRef | None:
        named = self._own.get("customer")
        if isinstance(named, RecordRef):
            return named if (named.service, named.entity) == (kind.service, kind.name) else None
        account = self._event.ref if self._event.ref.entity == "account" else self._own.get("account")
        return self._stored.linked(account, kind.service, kind.name) if isinstance(account, RecordRef) else None

    def _owed(self, customer: RecordRef, record: Fields, today: date) -> Fields:
        """What the service does not give is left out: it cannot be evaluated."""
        said = {"balance": record.get("receivable"), "credit": record.get("credits")}
        owed: dict[str, Value] = {name: value for name, value in said.items() if isinstance(value, Money)}
        if isinstance(balance := owed.get("balance"), Money):
            overdue = self._overdue(customer, balance.currency, today)
            owed |= {"overdue": overdue} if overdue is not None else {}
        with self._context.store.read() as session:
            as_of = Cursors(session).read_at(customer.service, customer.entity)
        return owed | ({"as_of": as_of} if as_of is not None else {})

    def _overdue(self, customer: RecordRef, currency: str, today: date) -> Money | None:
        """None where something is late in another currency than the customer's own."""
        late: list[Money] = []
        for kind in self._context.registry.entities.values():
            if kind.service == customer.service and any(moment.name == _OVERDUE for moment in kind.moments):
                issued = _stages(self._context, kind)
                with self._context.store.read() as session:
                    stored = list(Documents(session).all(DocumentsOf(kind.service, kind.name, customers=[customer])))
                documents = self._stored.as_just_read(
                    stored, (kind.service, kind.name), lambda each: each.customer == customer
                )
                late += [each.balance for each in documents if _is_late(each, today, issued)]
        if any(each.currency != currency for each in late):
            return None
        return sum(late, Money.zero(currency))

    def documents(self, paths: Iterable[str]) -> Fields:
        """By service and kind: how many are linked with the deal, in which status, and their sums by currency."""
        deal = self._event.ref if self._event.ref.entity == "deal" else self._own.get("deal")
        if not isinstance(deal, RecordRef):
            return {}
        wanted: dict[tuple[str, str], set[str]] = {}
        for path in paths:
            root, *names = path.split(".")
            if root == DOCUMENTS and len(names) > 1:
                wanted.setdefault((names[0], names[1]), set()).update(names[3:4])
        found: dict[str, dict[str, Value]] = {}
        for (service, entity), last in wanted.items():
            kind = self._context.registry.entities.get(f"{service}.{entity}")
            if kind is not None:
                documents = self._stored.as_just_read(
                    self._stored.documents_of(deal, service, entity),
                    (service, entity),
                    lambda each: each.deal == deal,
                )
                found.setdefault(service, {})[entity] = _counted(documents, kind, _stages(self._context, kind), last)
        return found

    def owner(self) -> Fields:
        """Nobody where no user, or more than one, goes by the name."""
        name = self._own.get("owner")
        with self._context.store.read() as session:
            people = [each for each in People(session).all(self._event.ref.service) if each.name == name]
        if len(people) != 1:
            return {}
        (person,) = people
        return {
            "name": person.name,
            "email": person.email,
            "profile": person.profile,
            "role": person.role,
            "active": person.active,
        }

    def products(self) -> Fields:
        return products_of([record.fields for record in self._stored.related(self._event.ref, PRODUCTS)])

    def rates(self) -> Fields:
        """Of the record itself, or of the deal it was made for."""
        deal = self._own.get("deal")
        known = self._stored.fields(deal) if isinstance(deal, RecordRef) else None
        fields = known or self._own
        crm = self._stored.connection(self._context.registry.crm_service())
        return crm_rate(crm.organization.base_currency, fields.get("amount"), fields.get("exchange_rate"))


def _stages(context: Context, kind: EntityType) -> Mapping[str, str]:
    """What each status counts for: issued, draft or void."""
    panels = (panel for panel in context.registry.panels if (panel.service, panel.entity) == (kind.service, kind.name))
    return {label.status: label.stage for panel in panels for label in panel.statuses}


def _is_late(document: Document, today: date, stages: Mapping[str, str]) -> bool:
    issued = stages.get(document.status, "issued") == "issued"
    return issued and document.balance.amount > 0 and document.due_date is not None and document.due_date < today


def _counted(
    documents: Sequence[Document], kind: EntityType, stages: Mapping[str, str], asked: Iterable[str]
) -> dict[str, Value]:
    """Void documents are recognised by their status. Sums of a requested currency without documents are zero."""
    status = kind.field("status")
    statuses: dict[str, Value] = dict.fromkeys(status.choices if status else (), 0)
    for document in documents:
        statuses[document.status] = sum(1 for each in documents if each.status == document.status)
    counted = [each for each in documents if stages.get(each.status) != "void"]
    currencies = {each.total.currency for each in counted}
    currencies |= {each for each in asked if len(each) == len("JPY") and each.isupper()}
    return {
        "count": len(counted),
        "status": statuses,
        "total": _sums((each.total for each in counted), currencies),
        "balance": _sums((each.balance for each in counted), currencies),
    }


def _sums(moneys: Iterable[Money], currencies: Iterable[str]) -> dict[str, Value]:
    sums = {currency: Money.zero(currency) for currency in sorted(currencies)}
    for money in moneys:
        sums[money.currency] = sums.get(money.currency, Money.zero(money.currency)) + money
    return dict(sums)
