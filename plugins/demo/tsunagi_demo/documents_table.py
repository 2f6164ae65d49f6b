"""The documents of every service, and whose page shows them."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from tsunagi import Money, Text
from tsunagi.embedding import money, number, say
from tsunagi_demo.outcome import Kept, Outcome, Service

_NOWHERE = Text("no account's page yet", "表示される取引先なし")


def documents_table(outcome: Outcome) -> RenderableType:
    """A row a kind of document there is, and below it what the services leave out."""
    columns = (
        Text("Service", "サービス"),
        Text("Documents", "文書"),
        Text("Count", "件数"),
        Text("Total", "合計"),
        Text("On the page of", "表示される取引先"),
    )
    table = Table(
        title=say(Text("Documents on record pages", "レコード画面に表示される文書")),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in columns:
        table.add_column(say(column), overflow="fold", justify="right" if column in columns[2:4] else "left")
    for row in _rows(outcome):
        table.add_row(*row)
    return Group(table, *_left_out(outcome))


def _rows(outcome: Outcome) -> Iterator[tuple[str, str, str, str, str]]:
    for service, kinds in outcome.documents.items():
        label = outcome.services[service].label if service in outcome.services else service
        for kept in kinds.values():
            if kept.count:
                total = money(Money(kept.base_total, kept.base_currency))
                yield escape(label), escape(kept.label), number(kept.count), total, _whose(kept)


def _whose(kept: Kept) -> str:
    if kept.page is None:
        return say(_NOWHERE)
    numbers = ", ".join(kept.page.numbers) + (" …" if kept.page.count > len(kept.page.numbers) else "")
    return escape(f"{kept.page.account}: {numbers}")


def _left_out(outcome: Outcome) -> Iterator[str]:
    for service in outcome.services.values():
        yield from _words(service)


def _words(service: Service) -> Iterator[str]:
    for each in service.left_out:
        yield say(
            Text(
                f"Left out of {escape(service.label)}: {escape(each.what)} ({escape(each.why)}).",
                f"{escape(service.label)} で省いたもの: {escape(each.what)}({escape(each.why)})。",
            )
        )
