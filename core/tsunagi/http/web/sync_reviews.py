"""Where both sides differ, by cause, and what a sync was not sure of, with the answers a person may give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.access.permissions import decide
from tsunagi.app.sync import reconciliation, reviewing
from tsunagi.app.sync.reconciling import Cause, Difference
from tsunagi.app.sync.reviewing import Question
from tsunagi.app.views import formats, records
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page, record_address
from tsunagi.hub import Hub
from tsunagi.store.records import Records
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SideShown:
    """A record of a question as it is in the store: its title, page, and fields with their labels."""

    ref: RecordRef
    title: str
    address: str
    service: str
    fields: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Card:
    """One question: the records it speaks of, a field's values where it is a conflict, and the answers there are."""

    question: Question
    title: str
    pair: str
    left: Sequence[SideShown]
    right: Sequence[SideShown]
    base: str
    values: tuple[str, str] | None
    field: str
    answers: Sequence[tuple[str, str, str]]


@router.get("/sync-reviews")
def list_questions(
    request: Request,
    caller: SignedIn,
    pair: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str | None, Query(max_length=2000)] = None,
    answered: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    hub = caller.hub
    found = reviewing.questions(hub.context, pair=pair, after=after, limit=20)
    return page(
        request,
        hub,
        "sync_reviews.html",
        cards=[_card(hub, each) for each in found.items],
        next=found.next,
        after=after,
        pair=pair,
        answered=bool(answered),
        may_answer=decide(hub.context, caller.person, "sync:run").allowed,
    )


@router.post("/sync-reviews/{id}")
def answer(
    caller: SignedIn,
    id: str,
    word: Annotated[str, Form(max_length=100)],
    record: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """The next sync does accordingly."""
    reviewing.answer(caller.hub.context, caller.person, id, word, record=record)
    return RedirectResponse("/sync-reviews?answered=1", 303)


def _card(hub: Hub, question: Question) -> Card:
    item = question.item
    pair = hub.registry.pairs.get(item.pair)
    on_left = [item.left] if item.left else list(item.candidates)
    on_right = [item.right] if item.right else (list(item.candidates) if item.left else [])
    if item.kind == "deletion":
        on_left, on_right = ([item.left] if item.left else []), ([item.right] if item.right else [])
    with hub.store.read() as session:
        records = Records(session).known({*on_left, *on_right})

    def sides(refs: Sequence[RecordRef]) -> list[SideShown]:
        return [_side(hub, ref, question.titles.get(ref, ref.id), records.get(ref)) for ref in refs]

    conflict = item.kind == "conflict"
    compared = item.compared
    return Card(
        question=question,
        title={
            "match": _("Are these one?"),
            "conflict": _("Which value wins?"),
            "deletion": _("One of the two was deleted. What should happen to the other?"),
        }.get(item.kind, item.kind),
        pair=say(pair.label) if pair else item.pair,
        left=sides(on_left),
        right=sides(on_right),
        base=formats.value(compared.get("base")) if conflict else "",
        values=(formats.value(compared.get("left")), formats.value(compared.get("right"))) if conflict else None,
        field=item.field,
        answers=list(_answers(question)),
    )


def _answers(question: Question) -> Sequence[tuple[str, str, str]]:
    """Each answer as (word, record, label); where several records could be meant there is a button for each."""
    labels = {
        "link": _("They are one"),
        "create": _("They are two"),
        "skip": _("Leave them alone"),
        "crm": _("The CRM's value"),
        "finance": _("The finance service's value"),
        "keep": _("Keep it"),
        "delete": _("Delete it"),
        "deactivate": _("Deactivate it"),
    }
    answers: list[tuple[str, str, str]] = []
    for word in question.answers:
        candidates = question.item.candidates if word == "link" else ()
        if len(candidates) > 1:
            answers += [
                (word, str(ref), _("It is {title}").format(title=question.titles.get(ref, ref.id)))
                for ref in candidates
            ]
        else:
            answers.append((word, "", labels.get(word, word)))
    return answers


def _side(hub: Hub, ref: RecordRef, title: str, record: Record | None) -> SideShown:
    entity = hub.registry.entities.get(f"{ref.service}.{ref.entity}")
    fields = [
        (spec.name, say(spec.label), formats.value(record.fields.get(spec.name)))
        for spec in (entity.fields if entity else ())
        if record is not None and _shown(record.fields.get(spec.name))
    ]
    return SideShown(ref, title, record_address(ref), ref.service, fields[:12])


def _shown(value: Value) -> bool:
    return value not in (None, "", ()) and not isinstance(value, RecordRef)


@router.get("/reconciliation")
def show_reconciliation(request: Request, caller: SignedIn) -> HTMLResponse:
    """From the store alone: no service is asked while somebody waits."""
    hub = caller.hub
    found = reconciliation.reconcile(hub.context, caller.person)
    return page(
        request,
        hub,
        "reconciliation.html",
        found=found,
        labels=reconciliation.cause_labels(),
        names=records.titles(hub.context, found.refs(), caller.person),
        record_address=record_address,
        remedy=_remedy,
    )


def _remedy(found: Difference) -> tuple[str, str]:
    """Where a person puts it right: the page's name and address."""
    settings = _("Open the settings"), f"/sync-pairs/{quote(found.pair, safe='')}"
    sync = _("Start a sync"), "/sync-runs"
    by_cause: dict[Cause, tuple[str, str]] = {
        "not_synced": sync,
        "not_linked": sync,
        "missing": sync,
        "failed": (_("Open what needs somebody"), "/open-items"),
        "parked": (_("Answer the question"), "/sync-reviews"),
        "one_way": settings,
        "setting": settings,
        "rate": (_("Open the services"), "/services"),
    }
    if found.cause in by_cause:
        return by_cause[found.cause]
    if found.cause == "deal_without_invoice" and found.left:
        return _("Why not?"), f"/why-not/{_path(found.left)}"
    if found.cause == "document_without_deal" and found.right:
        return _("Why?"), f"/why/{_path(found.right)}"
    ref = found.left or found.right
    return _("Open the record"), (record_address(ref) if ref else None) or "/documents"


def _path(ref: RecordRef) -> str:
    return "/".join(quote(part, safe="") for part in (ref.service, ref.entity, ref.id))
