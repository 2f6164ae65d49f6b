"""The lines of a form: the items and taxes to choose from, those that somebody named, and what it will come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.documents.form_values import ROW, Problems, discount_of
from tsunagi.domain.compatibility import Plans
from tsunagi.domain.documents import DocumentEditing, DocumentForm, Tax
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import ConnectorError
from tsunagi.logging import Log
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.records import Records, title_key
from tsunagi.text import Text
from tsunagi.wording import shown

log = Log(__name__)

# Key in Connection.remembered.
_CHOICES = "document_choices"
_EVERY = timedelta(days=1)
# In place of a tax: none at all, though the item has one.
NO_TAX = "none"


@dataclass(frozen=True, slots=True)
class Choices:
    """`currencies` begin with the organisation's own; `taxes` are by id."""

    currencies: tuple[str, ...]
    taxes: Mapping[str, Tax]


def choices_of(context: Context, service: str, *, fresh: bool = False) -> Choices:
    """As last read, read anew once a day and where `fresh` asks for it; two calls. Never raises for the service's sake.

    Raises NotConnected.
    """
    connection = context.connectors.connection(service)
    if fresh or _is_due(context, connection):
        try:
            connection = _read_again(context, service)
        except ConnectorError as error:
            log.warning("choices_not_read", service=service, reason=str(error))
    kept: Mapping[str, Any] = connection.remembered.get(_CHOICES, {})
    taxes = {row[0]: Tax(row[0], row[1], Decimal(row[2])) for row in kept.get("taxes", ())}
    return Choices(tuple(dict.fromkeys((connection.organization.base_currency, *kept.get("currencies", ())))), taxes)


def items_like(context: Context, form: DocumentForm, search: str, *, limit: int = 20) -> Sequence[Record]:
    """Items in use whose name has `search` in it, as the hub last saw them."""
    service, _, entity = form.item.partition(".")
    if not entity:
        return ()
    with context.store.read() as session:
        found = Records(session).page(service, entity, search=search.strip(), limit=limit).items
    return [record for record in found if record.text("status") != "inactive"]


def _is_due(context: Context, connection: Connection) -> bool:
    at = connection.remembered.get(_CHOICES, {}).get("at")
    return at is None or context.now() - datetime.fromisoformat(at) >= _EVERY


def _read_again(context: Context, service: str) -> Connection:
    connector = context.connectors.get(service)
    taxes = connector.taxes() if isinstance(connector, DocumentEditing) else ()
    rates = connector.rates() if isinstance(connector, Plans) else ()
    seen = {
        "at": context.now().isoformat(),
        "taxes": [[tax.id, tax.name, str(tax.percentage)] for tax in taxes],
        "currencies": sorted(rate.foreign for rate in rates),
    }
    with context.store.write() as session:
        connection = Connections(session).get(service)
        changed = replace(connection, remembered={**connection.remembered, _CHOICES: seen})
        Connections(session).save(changed, context.now())
    return changed


def resolved(
    context: Context,
    form: DocumentForm,
    lines: Sequence[Mapping[str, Value]],
    taxes: Mapping[str, Tax],
    currency: str,
    problems: Problems,
) -> tuple[Fields, ...]:
    """Lines as they are written: items as references, taxes by id ("" for none)."""
    found: list[Fields] = []
    for line in lines:
        made = dict(line)
        place = f"lines[{made.pop(ROW, '')}]."
        if text := line.get("item"):
            item = _item(context, form, text)
            if item is None and line.get("id"):
                # The service had it on this line before.
                service, _, entity = form.item.partition(".")
                made["item"] = RecordRef(service, entity, str(text))
            elif item is None:
                problems[f"{place}item"] = Text(
                    en=f"there is no item {shown(text)}", ja=f"品目 {shown(text)} はありません"
                )
            else:
                made |= _of_item(item, line, currency)
        if (tax := line.get("tax")) is not None:
            id = _tax(str(tax), taxes)
            if id is None and line.get("id"):
                # The service had it on this line before.
                id = str(tax)
            if id is None:
                names = ", ".join(each.name for each in taxes.values()) or "-"
                problems[f"{place}tax"] = Text(
                    en=f"{shown(tax)} is no tax there; there are: {names}, or {NO_TAX}",
                    ja=f"税 {shown(tax)} はありません(あるもの: {names}、または {NO_TAX})",
                )
            made["tax"] = id
        found.append(made)
    return tuple(found)


def _item(context: Context, form: DocumentForm, text: Value) -> Record | None:
    service, _, entity = form.item.partition(".")
    ref = text if isinstance(text, RecordRef) else RecordRef(service, entity, str(text))
    with context.store.read() as session:
        known = Records(session).get(ref) or _called(session, ref)
    if known is None and isinstance(text, RecordRef):
        # The service itself said that the line is of it.
        return Record(ref, {}, "")
    return known


def _called(session: Session, ref: RecordRef) -> Record | None:
    """The only item of this name."""
    found = Records(session).titled(ref.service, ref.entity, [ref.id]).get(title_key(ref.id), [])
    return Records(session).get(found[0]) if len(found) == 1 else None


def _of_item(item: Record, line: Mapping[str, Value], currency: str) -> dict[str, Value]:
    """Name and price of the item where the line says none; in another currency the service works the price out."""
    made: dict[str, Value] = {"item": item.ref}
    if not line.get("name") and item.text("name"):
        made["name"] = item.text("name")
    price = item.fields.get("rate")
    if line.get("rate") is None and isinstance(price, Money) and price.currency == currency:
        made["rate"] = price.amount
    return made


def _tax(text: str, taxes: Mapping[str, Tax]) -> str | None:
    if text in taxes:
        return text
    if text.casefold() == NO_TAX or not text:
        return ""
    return next((tax.id for tax in taxes.values() if tax.name.casefold() == text.casefold()), None)


@dataclass(frozen=True, slots=True)
class Preview:
    """An estimate. `lines` are after discount and before tax, each rounded; `total` is `subtotal` with `tax`."""

    lines: tuple[Money, ...]
    subtotal: Money
    tax: Money
    total: Money


def preview(lines: Sequence[Fields], taxes: Mapping[str, Tax], currency: str) -> Preview | None:
    """None where a line's rate or tax is only known to the service."""
    nets: list[Money] = []
    tax = Money.zero(currency)
    for line in lines:
        rate, quantity = line.get("rate"), line.get("quantity", Decimal(1))
        percentage = _percentage(line, taxes)
        if not isinstance(rate, Decimal) or not isinstance(quantity, Decimal) or percentage is None:
            return None
        net = Money(_discounted(rate * quantity, line), currency).rounded()
        nets.append(net)
        tax += Money(net.amount * percentage / 100, currency).rounded()
    subtotal = sum(nets, Money.zero(currency))
    return Preview(tuple(nets), subtotal, tax, subtotal + tax)


def _percentage(line: Fields, taxes: Mapping[str, Tax]) -> Decimal | None:
    chosen = line.get("tax")
    if chosen:
        return taxes[str(chosen)].percentage if str(chosen) in taxes else None
    # Without a word about tax, an item brings its own.
    return None if chosen is None and line.get("item") and taxes else Decimal(0)


def _discounted(gross: Decimal, line: Fields) -> Decimal:
    found = discount_of(str(line.get("discount") or "0"))
    if found is None:
        return gross
    value, is_percentage = found
    return gross * (1 - value / 100) if is_percentage else gross - value
