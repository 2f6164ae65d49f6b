"""The outcome for people: what was synced, which rule fired and why, what was billed, and what it took."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from tsunagi import Money, Text
from tsunagi.embedding import money, number, say
from tsunagi_demo.outcome import Bill, Calls, Deal, Invoices, Kept, Outcome, Seconds, Service, Trouble

_SIGNS = {"holds": "[green]✓[/]", "does_not": "[red]✗[/]", "cannot_tell": "[yellow]?[/]"}
_NUMBERS = 6
# The first sync costs the same however few invoices follow.
_ENOUGH_TO_DIVIDE = 100
_CRM_USER = Text("the demo as somebody at work", "担当者としてのデモ")


def show(console: Console, outcome: Outcome) -> None:
    """Print it in the current language."""
    for block in _blocks(outcome):
        console.print(block)
        console.print()


def _blocks(outcome: Outcome) -> Iterator[RenderableType]:
    yield _synced(outcome)
    yield from (_deal(deal) for deal in outcome.deals)
    yield _invoices(outcome)
    yield documents_table(outcome)
    yield _calls(outcome.api_calls, outcome.crm_user_calls)
    yield _time(outcome.seconds, outcome.invoices.count, outcome.peak_memory_mb)
    if outcome.problems:
        yield _problems(outcome.problems, outcome.problem_file)
    if outcome.resumed:
        yield say(
            Text(
                "An interrupted demo was gone on with: calls and seconds are those of the rest.",
                "中断したデモを続行しました。呼び出し数と時間は続きの分だけです。",
            )
        )
    yield say(Text(f"Everything is kept in {outcome.home}", f"データの場所: {outcome.home}"))


def _table(title: Text, *columns: Text, numbers: int = 0) -> Table:
    """The last `numbers` columns hold numbers."""
    made = Table(title=say(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        right = place >= len(columns) - numbers
        made.add_column(say(column), justify="right" if right else "left", overflow="fold")
    return made


def _synced(outcome: Outcome) -> Table:
    table = _table(Text("Kept in step", "同期したレコード"), Text("Kind", "種類"), Text("Records", "件数"), numbers=1)
    for kind, count in outcome.synced.items():
        if count:
            table.add_row(kind, number(count))
    return table


def _deal(deal: Deal) -> RenderableType:
    heading = Text(
        f"[bold]Deal won:[/] {escape(deal.name)} ({escape(deal.account)})",
        f"[bold]受注した商談:[/] {escape(deal.name)}({escape(deal.account)})",
    )
    lines = [line for bill in deal.invoices for line in _bill(bill)]
    if not lines:
        lines = [say(Text("no rule made an invoice for it", "請求書を作るルールはありませんでした"))]
    return Group(say(heading), Padding("\n".join(lines), (0, 0, 0, 2)))


def _bill(bill: Bill) -> Iterator[str]:
    total = money(Money(bill.total, bill.currency))
    base = money(Money(bill.base_total, bill.base_currency))
    amounts = total if bill.currency == bill.base_currency else f"{total} = {base}"
    yield say(
        Text(
            f"Invoice [bold]{escape(bill.number)}[/] ({bill.status}): {amounts}",
            f"請求書 [bold]{escape(bill.number)}[/]({bill.status}): {amounts}",
        )
    )
    if bill.why is None:
        return
    why = bill.why
    yield say(
        Text(
            f"by the rule {why.rule} ({escape(why.title)}), {escape(why.place)}",
            f"ルール {why.rule}({escape(why.title)})による、{escape(why.place)}",
        )
    )
    yield f"{escape(why.event)} → {escape(why.action)}"
    for condition in why.conditions:
        seen = f": {escape(condition.seen)}" if condition.seen else ""
        yield f"{'  ' * condition.depth}{_SIGNS.get(condition.verdict, ' ')} {escape(condition.text)}{seen}"


def _invoices(outcome: Outcome) -> RenderableType:
    made = outcome.invoices
    table = _table(
        Text("Invoices", "請求書"),
        Text("Currency", "通貨"),
        Text("Count", "件数"),
        Text("Total", "合計"),
        Text(f"In {made.base_currency}", f"{made.base_currency} 換算"),
        numbers=3,
    )
    for currency, some in made.by_currency.items():
        table.add_row(
            currency, number(some.count), _amount(some.total, currency), _amount(some.base_total, made.base_currency)
        )
    return Group(table, _invoice_words(made, outcome.rules_fired, outcome.moved))


def _amount(amount: Decimal, currency: str) -> str:
    return money(Money(amount, currency))


def _invoice_words(made: Invoices, fired: Mapping[str, int], moved: Mapping[str, int]) -> str:
    closed = ", ".join(f"{escape(stage)} {number(count)}" for stage, count in moved.items()) or "-"
    rules = ", ".join(f"{rule} {number(count)}" for rule, count in fired.items()) or "-"
    total = _amount(made.total, made.currency)
    newest = ", ".join(made.numbers[:_NUMBERS]) + (" …" if made.count > _NUMBERS else "")
    return say(
        Text(
            f"Deals closed: {closed}. Rules that acted: {rules}.\n"
            f"{number(made.count)} invoices, {total} in all: {newest}",
            f"完了した商談: {closed}。実行したルール: {rules}。\n"
            f"請求書 {number(made.count)} 件、合計 {total}: {newest}",
        )
    )


def _calls(calls: Calls, user: Mapping[str, int]) -> Table:
    methods = sorted({method for some in (*calls.values(), user) for method in some})
    table = _table(
        Text("API calls", "API 呼び出し"),
        Text("By", "呼び出し元"),
        *(Text.same(method) for method in methods),
        Text("All", "合計"),
        numbers=len(methods) + 1,
    )
    for service, some in calls.items():
        name = Text(f"the hub, {service}", f"ハブ、{service}")
        table.add_row(say(name), *_row(some, methods))
    table.add_row(say(_CRM_USER), *_row(user, methods))
    return table


def _row(counts: Mapping[str, int], methods: list[str]) -> list[str]:
    return [*(number(counts.get(method, 0)) for method in methods), number(sum(counts.values()))]


def _time(seconds: Seconds, invoices: int, memory: int | None) -> Table:
    table = _table(Text("Time", "時間"), Text("Part", "区分"), Text("Seconds", "秒"), numbers=1)
    parts = {
        Text("the hub's own work (processor)", "ハブ自身の処理(CPU)"): seconds.own,
        Text("calls to the services, added up", "サービスへの呼び出しの合計"): seconds.services,
        Text("starting and filling the sandbox", "サンドボックスの起動とデータ準備"): seconds.preparing,
        Text("the demo's own calls, partly meanwhile", "デモ自身の呼び出し(一部は並行)"): seconds.crm_user,
        Text("all in all, by the clock", "全体(実時間)"): seconds.wall,
    }
    for label, value in parts.items():
        table.add_row(say(label), f"{value:.2f}")
    if invoices >= _ENOUGH_TO_DIVIDE:
        each = Text("own work an invoice, first sync included", "請求書一件あたりの自身の処理(初回同期を含む)")
        table.add_row(say(each), f"{seconds.own / invoices:.4f}")
    if memory is not None:
        table.add_row(say(Text("peak memory (MB)", "最大メモリー (MB)")), number(memory))
    return table


def _problems(problems: tuple[Trouble, ...], file: str | None) -> RenderableType:
    table = _table(
        Text("What could not be used as it was", "そのままでは使えなかったもの"),
        Text("Where", "場所"),
        Text("Why", "理由"),
        Text("What became of it", "扱い"),
        Text("Count", "件数"),
        numbers=1,
    )
    for each in problems:
        table.add_row(
            escape(f"{each.file} {each.column}".strip()),
            escape(each.reason),
            escape(each.consequence),
            number(each.count),
        )
    if file is None:
        return table
    return Group(table, say(Text(f"Row by row: {escape(file)}", f"行ごとの一覧: {escape(file)}")))


_NOWHERE = Text("no account's page yet", "表示される取引先なし")


def documents_table(outcome: Outcome) -> RenderableType:
    """A row a kind of document there is, and below it what the services leave out."""
    columns = (
        Text("Service", "サービス"),
        Text("Documents", "書類"),
        Text("Count", "件数"),
        Text("Total", "合計"),
        Text("On the page of", "表示される取引先"),
    )
    table = Table(
        title=say(Text("Documents on record pages", "レコード画面に表示される書類")),
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
