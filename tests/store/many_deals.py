"""Thirty deals to list, some with the same values and some with none."""

import datetime as dt
from decimal import Decimal

from tsunagi import EntityType, FieldSpec, Money, Record, RecordRef, Text
from tsunagi.domain.entities import FieldType
from tsunagi.domain.records import Value
from tsunagi.store import Links, NewLink, Records, Store
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.record_lists import FieldOrder, ListedRecords, RecordLists

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ALL = ListedRecords("crm", "deal")
FIELDS: dict[str, FieldType] = {
    "stage": "text",
    "amount": "money",
    "rate": "decimal",
    "closing_date": "date",
    "open": "boolean",
}


def spec(name: str) -> FieldSpec:
    return FieldSpec(name, FIELDS[name], Text.same(name))


def fill(store: Store) -> Store:
    """Thirty deals of which some have the same, some no values; 0 to 9 are linked, 3 is not billed."""
    kind = EntityType("crm", "deal", Text.same("Deal"), Text.same("Deals"), tuple(map(spec, FIELDS)))
    with store.write() as session:
        Records(session).upsert_many(kind, [Record(ref(n), _fields(n), "1", NOW) for n in range(30)])
        for n in range(10):
            service = "books" if n % 2 else "invoice"
            Links(session).add(NewLink("made", ref(n), RecordRef(service, "estimate", str(n))), NOW)
        OpenItems(session).report([_item("billing", "books", ref(3)), _item("write", "books", ref(20))], NOW)
    return store


def _item(kind: str, service: str, about: RecordRef) -> NewOpenItem:
    return NewOpenItem(
        key=f"{kind}:{about}", kind=kind, service=service, records=[about], reason="it", text=Text.same("It")
    )


def ref(n: int) -> RecordRef:
    return RecordRef("crm", "deal", str(n))


def _fields(n: int) -> dict[str, Value]:
    return {
        "name": f"Deal {n % 10}",
        "stage": ("Won", "lost", "Open", None)[n % 4],
        "amount": Money(Decimal(n % 7) * Decimal("100.5"), "JPY") if n % 5 else None,
        "rate": Decimal(n % 3) / 2 if n % 2 else None,
        "closing_date": dt.date(2026, 11, 1 + n % 6) if n % 3 else None,
        "open": n % 2 == 0,
    }


def whole(store: Store, listed: ListedRecords, order: FieldOrder, size: int = 4) -> list[Record]:
    found: list[Record] = []
    after: str | None = None
    with store.read() as session:
        while True:
            page = RecordLists(session).page(listed, order, after=after, limit=size)
            found += page.items
            if page.next is None:
                return found
            after = page.next
