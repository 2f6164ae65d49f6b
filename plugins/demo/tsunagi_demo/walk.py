"""The walk: first sync, deals closed in the CRM, the other services joining, and what the rules made of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tsunagi import RecordRef, Text, TsunagiError
from tsunagi.embedding import Hub, SyncRun, account_page, records, refresh_here, run_sync, say, start_sync
from tsunagi_demo.crm_user import OpenDeal, Refusal, Row, closings, count_closings
from tsunagi_demo.installation import CRM, Installation
from tsunagi_demo.progress import Progress
from tsunagi_demo.sandbox import loaded
from tsunagi_demo.watching import Watch


def checked(run: SyncRun) -> SyncRun:
    """The run, if it was carried out; raises TsunagiError saying why it was not."""
    if run.state == "done":
        return run
    reason = run.problem or Text.same("-")
    raise TsunagiError(
        Text(
            en=f"The sync ended as '{run.state}': {reason.en}",
            ja=f"同期が「{run.state}」で終わりました: {reason.ja}",
        )
    )


_ESTIMATES = "/invoice/v3/estimates"
_MAINTENANCE = Text("Maintenance, a year", "保守 1年")


def write_estimate(demo: Installation) -> None:
    """For the account of the first won deal whose customer Invoice has; once, however often it is called."""
    for deal, customer in _customers(demo):
        # Its reference is what an earlier attempt is known by.
        query = {
            "organization_id": demo.hub.connectors.connection("invoice").organization.id,
            "reference_number": deal.id,
        }
        if not demo.user.call("GET", _ESTIMATES, params=query)["estimates"]:
            line = {"name": say(_MAINTENANCE), "rate": 1200, "quantity": 1}
            order = {"customer_id": customer.id, "reference_number": deal.id, "zcrm_potential_id": deal.id}
            demo.user.call("POST", _ESTIMATES, params=query, json={**order, "line_items": [line]})
        return


def _customers(demo: Installation) -> Iterator[tuple[RecordRef, RecordRef]]:
    refs = [RecordRef(CRM, "deal", id) for id in demo.home.state.shown]
    for ref, deal in records(demo.hub.context, refs).items():
        account = deal.fields.get("account")
        page = account_page(demo.hub.context, account.id) if isinstance(account, RecordRef) else None
        if page is not None and "invoice" in page.links:
            yield ref, page.links["invoice"]


FURTHER = ("invoice", "expense", "subscriptions")


def services_to_join(hub: Hub) -> list[str]:
    """Those whose plugins are loaded."""
    return [service for service in FURTHER if service in hub.registry.connectors]


def join(demo: Installation, progress: Progress) -> list[SyncRun]:
    """Connect them, bring their customers in step and read their documents. May be repeated.

    Raises TsunagiError where one cannot be connected or read.
    """
    services = services_to_join(demo.hub)
    if not services:
        return []
    demo.connect(services)
    pairs = [f"{service}.customers" for service in services]
    run = start_sync(demo.hub.context, pairs=pairs, first=True)
    with progress.following(demo.hub, run):
        joined = checked(run_sync(demo.hub.context, demo.hub.jobs, run, pairs=pairs))
    if "invoice" in services:
        write_estimate(demo)
    with progress.step(Text("Reading documents", "書類の読み込み")):
        return [joined, checked(refresh_here(demo.hub.context, demo.hub.jobs, None))]


# So many changed deals may be on their way to the hub: enough to keep it busy, and no more memory for more deals.
_UNDER_WAY = 300
_SHOWN_CURRENCIES = 2
_PREFERRED = ("JPY", "USD")
_LOOKED_AT = 25


@dataclass(slots=True)
class Walked:
    """What happened: the syncs that were carried out, and the deals that were closed by the stage they were set to.

    `refused` is what the CRM did not take, `missed` counts deals the hub did not learn of.
    """

    syncs: list[SyncRun] = field(default_factory=list)
    moved: Counter[str] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)
    missed: int = 0


def walk(demo: Installation, progress: Progress) -> Walked:
    """All of it, or the rest of it where a part was done before."""
    walked = Walked()
    if demo.home.state.step == "billed":
        walked.moved[demo.user.won_stage(demo.user.stages())] = len(demo.home.state.shown)
    else:
        walked.syncs.append(_sync(demo, progress))
        demo.home.save(step="synced")
        _close_deals(demo, walked, progress)
    if demo.home.state.options.data is None:
        demo.home.save(step="billed")
        walked.syncs += join(demo, progress)
    return walked


def _close_deals(demo: Installation, walked: Walked, progress: Progress) -> None:
    watch = Watch(demo.hub)
    if demo.home.state.options.data is None:
        _win(demo, walked, watch, progress)
    else:
        _replay(demo, walked, watch, progress)
    walked.missed = len(watch.missed)


def _sync(demo: Installation, progress: Progress) -> SyncRun:
    """The first sync; a resumed demo's is the one that finds what happened while nobody listened."""
    run = start_sync(demo.hub.context, first=True)
    with progress.following(demo.hub, run):
        return checked(run_sync(demo.hub.context, demo.hub.jobs, run))


def _win(demo: Installation, walked: Walked, watch: Watch, progress: Progress) -> None:
    """Win a few deals of the demo company, as a salesperson does: on the day on which they are won."""
    stages = demo.user.stages()
    won = demo.user.won_stage(stages)
    if not demo.home.state.shown:
        # Remembered before they are won: a demo that is killed now wins the same ones again.
        demo.home.save(shown=tuple(deal.id for deal in _chosen(demo, stages)))
    today = (
        demo.user.now.astimezone(ZoneInfo(demo.hub.connectors.connection(CRM).organization.time_zone))
        .date()
        .isoformat()
    )
    rows: list[Row] = [{"id": id, "Stage": won, "Closing_Date": today} for id in demo.home.state.shown]
    walked.moved[won] = len(rows)
    with progress.counting(Text("Winning deals in the CRM", "CRM で商談を受注"), len(rows)) as report:
        _close(demo, walked, watch, rows)
        watch.until_done(report)


def _chosen(demo: Installation, stages: Mapping[str, str]) -> list[OpenDeal]:
    """One open deal with products in each of two currencies."""
    found: dict[str, OpenDeal] = {}
    deals = list(demo.user.open_deals(stages))
    currencies = sorted({deal.currency for deal in deals}, key=_preference)
    for currency in currencies[:_SHOWN_CURRENCIES]:
        candidates = [deal for deal in deals if deal.currency == currency][:_LOOKED_AT]
        with_products = (deal for deal in candidates if demo.user.has_products(deal))
        found[currency] = next(with_products, candidates[0])
    return list(found.values())


def _preference(currency: str) -> tuple[int, str]:
    return (_PREFERRED.index(currency) if currency in _PREFERRED else len(_PREFERRED), currency)


def _replay(demo: Installation, walked: Walked, watch: Watch, progress: Progress) -> None:
    """Close a company's own deals, in the order in which they closed."""
    plan = loaded(demo.home).plan
    won = demo.user.won_stage(demo.user.stages())
    walked.moved, sent = count_closings(plan), demo.home.state.sent
    with progress.counting(Text("Replaying closed deals", "完了した商談を再現"), walked.moved.total() - sent) as report:
        for batch in closings(plan, after=sent):
            _close(demo, walked, watch, [closing.row() for closing in batch])
            sent += len(batch)
            shown = demo.home.state.shown or tuple(deal.deal_id for deal in batch if deal.stage == won)[:1]
            demo.home.save(sent=sent, shown=shown)
            watch.until(_UNDER_WAY, report)
        watch.until_done(report)


def _close(demo: Installation, walked: Walked, watch: Watch, rows: Sequence[Row]) -> None:
    refused = demo.user.change_deals(rows)
    walked.refused += refused
    failed = {str(refusal.row["id"]) for refusal in refused}
    taken = {str(row["id"]): str(row["Stage"]) for row in rows if row["id"] not in failed}
    watch.expect(taken)
