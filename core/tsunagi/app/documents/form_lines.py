"""The lines somebody entered, with the items and taxes they name found."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.documents.form_values import ROW, Problems
from tsunagi.domain.documents import DocumentForm, Tax
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.store.records import Records, title_key
from tsunagi.text import Text
from tsunagi.wording import shown

# In place of a tax: none at all, though the item has one.
NO_TAX = "none"


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
