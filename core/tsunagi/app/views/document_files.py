"""A list of documents as the rows of a file: columns as on its page, amounts as numbers beside their currency."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tsunagi.app.context import Context
from tsunagi.app.views.document_lists import Asked, ListRow, every_row
from tsunagi.app.views.exporting import Cell
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.money import Money
from tsunagi.text import Text
from tsunagi.translation import say

_HEADINGS = {
    "id": Text(en="ID", ja="ID"),
    "number": Text(en="Number", ja="番号"),
    "customer": Text(en="Customer", ja="顧客"),
    "date": Text(en="Date", ja="日付"),
    "due_date": Text(en="Due date", ja="期日"),
    "status": Text(en="Status", ja="状態"),
    "currency": Text(en="Currency", ja="通貨"),
    "total": Text(en="Total", ja="合計"),
    "balance": Text(en="Balance", ja="残高"),
    "base_currency": Text(en="Base currency", ja="基準通貨"),
    "base_total": Text(en="Total in base currency", ja="合計(基準通貨)"),
    "base_balance": Text(en="Balance in base currency", ja="残高(基準通貨)"),
    "reference": Text(en="Reference", ja="参照番号"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds; `rows` are read while they are taken. `name` is the file's without its ending."""

    name: str
    headings: Sequence[str]
    rows: Iterator[Sequence[Cell]]


def document_table(context: Context, actor: Person | None, asked: Asked) -> Table:
    """Every row the person may see. Raises as `list_documents`, before the first row."""
    rows = every_row(context, actor, asked)
    kind = context.registry.entity(asked.service, asked.entity)
    panel = next(each for each in context.registry.panels if (each.service, each.entity) == (kind.service, kind.name))
    further = [name for name in panel.columns if name not in _HEADINGS]
    headings = [say(label) for label in _HEADINGS.values()] + [_label(kind, name) for name in further]
    name = f"{asked.service}-{asked.entity}-{context.now().date().isoformat()}"
    return Table(name, headings, (_cells(panel, kind, row, further) for row in rows))


def _cells(panel: Panel, kind: EntityType, row: ListRow, further: Sequence[str]) -> list[Cell]:
    document = row.document
    return [
        document.ref.id,
        document.number,
        row.customer,
        document.date,
        document.due_date,
        say(panel.status(document.status).label),
        document.total.currency,
        document.total.amount,
        document.balance.amount,
        document.base_total.currency,
        document.base_total.amount,
        document.base_balance.amount,
        document.reference,
        *(_further(kind, row, name) for name in further),
    ]


def _further(kind: EntityType, row: ListRow, name: str) -> Cell:
    value = row.fields.get(name)
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    spec = kind.field(name)
    if spec and isinstance(value, str):
        return say(spec.choice_label(value))
    return "" if value is None else str(value)


def _label(kind: EntityType, name: str) -> str:
    spec = kind.field(name)
    return say(spec.label) if spec else name
