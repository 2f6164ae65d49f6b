"""The review queue: what a plan was not sure of, or is set to ask, and people's answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.store.links import Links
from tsunagi.store.paging import Slice
from tsunagi.store.records import Records
from tsunagi.store.reviews import Decision, ReviewItem, Reviews
from tsunagi.text import Text

# By kind of question, the answers there are. A field is answered by whose value wins.
ANSWERS: Mapping[str, Sequence[str]] = {
    "match": ("link", "create", "skip"),
    "conflict": ("crm", "finance"),
    "deletion": ("keep", "delete", "deactivate"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """An item of the queue with the titles of the records it speaks of; `answers` are what it may be answered."""

    item: ReviewItem
    titles: Mapping[RecordRef, str]
    answers: Sequence[str]


def questions(
    context: Context, *, pair: str = "", kind: str = "", after: str | None = None, limit: int = 50
) -> Slice[Question]:
    """What waits for a person, in order of pair."""
    with context.store.read() as session:
        found = Reviews(session).items(pair=pair, kind=kind, after=after, limit=limit)
        titles = _titles(context, Records(session), found.items)
    return Slice([Question(item, titles, ANSWERS[item.kind]) for item in found.items], found.next)


def count_questions(context: Context) -> int:
    with context.store.read() as session:
        return Reviews(session).count()


def question(context: Context, id: str) -> Question:
    """Raises ConfigError for one that is not open (any more)."""
    with context.store.read() as session:
        item = Reviews(session).get(id)
        titles = _titles(context, Records(session), [item] if item else [])
    if item is None:
        raise ConfigError(
            Text(en=f"There is no question '{id}'.", ja=f"確認項目「{id}」はありません。"),
            hint=Text(en="What waits: tsunagi sync review list", ja="一覧: tsunagi sync review list"),
        )
    return Question(item, titles, ANSWERS[item.kind])


def answer(context: Context, actor: Person | None, id: str, word: str, *, record: str = "") -> ReviewItem:
    """Answer a question; the next sync does accordingly.

    link      the two are one; `record` names which, by id, where several are possible. Whom it is linked with by now
              is left alone
    create    they are not: each is a record of its own, made on the other side where changes travel there
    skip      leave them alone
    crm, finance             whose value of the field wins
    keep, delete, deactivate what becomes of the record whose partner was deleted

    Raises PermissionDenied, ConfigError for another question's answer.
    """
    require(context, actor, "sync:run")
    item = question(context, id).item
    if word not in ANSWERS[item.kind]:
        valid = ", ".join(ANSWERS[item.kind])
        raise ConfigError(
            Text(
                en=f"'{word}' is no answer to this question; valid are: {valid}",
                ja=f"「{word}」はこの確認項目の回答ではありません。使えるもの: {valid}",
            )
        )
    by = actor.email if actor else "hub"
    with context.store.write() as session:
        decisions = _decisions(context, item, word, record, by)
        if word == "link":
            decisions += _parted(session, decisions[0])
        Reviews(session).decide(decisions)
        Reviews(session).settled(item.id)
        note(context, session, actor, "sync:review", item.pair, answer=word, field=item.field)
    return item


def _decisions(context: Context, item: ReviewItem, word: str, record: str, by: str) -> list[Decision]:
    def decision(left: RecordRef | None, right: RecordRef | None, choice: str) -> Decision:
        seen = {side: item.compared.get(side) for side in ("left", "right")} if item.field else {}
        return Decision(item.pair, left, right, item.field, choice, by, context.now(), seen)

    if item.kind != "match":
        return [decision(item.left, item.right, word)]
    if word == "link":
        left, right = _chosen(item, record)
        return [decision(left, right, "one")]
    couples = _couples(item)
    apart = [decision(left, right, "apart") for left, right in couples]
    if word == "create":
        return apart
    lefts = [decision(item.left, None, "alone")] if item.left else []
    return [*apart, *lefts, *([decision(None, item.right, "alone")] if item.right else [])]


def _parted(session: Session, one: Decision) -> list[Decision]:
    """A record that is linked with one now leaves another, which is left alone: nobody asked for a second partner."""
    found: list[Decision] = []
    links = Links(session)
    for ref in filter(None, (one.left, one.right)):
        for link in links.of(ref):
            if link.pair == one.pair and (link.left, link.right) != (one.left, one.right):
                links.remove([link.id])
                lone = link.other(ref)
                ends = (lone, None) if lone == link.left else (None, lone)
                found.append(replace(one, left=ends[0], right=ends[1], decision="alone"))
    return found


def _couples(item: ReviewItem) -> list[tuple[RecordRef, RecordRef]]:
    if item.left and item.right:
        return [(item.left, item.right)]
    if item.left:
        return [(item.left, other) for other in item.candidates]
    return [(other, item.right) for other in item.candidates if item.right]


def _chosen(item: ReviewItem, record: str) -> tuple[RecordRef, RecordRef]:
    couples = _couples(item)
    if record:
        couples = [each for each in couples if record in {ref.id for ref in each} | {str(ref) for ref in each}]
    if len(couples) == 1:
        return couples[0]
    named = ", ".join(str(ref) for ref in item.candidates) or f"{item.left}, {item.right}"
    raise ConfigError(
        Text(
            en=f"Name the record by its ID: {named}",
            ja=f"どのレコードか ID で指定してください: {named}",
        )
    )


def _titles(context: Context, records: Records, items: Sequence[ReviewItem]) -> dict[RecordRef, str]:
    refs = {ref for item in items for ref in (item.left, item.right, *item.candidates) if ref}
    found = records.known(refs)
    return {
        ref: record.text(context.registry.entity(ref.service, ref.entity).title) or ref.id
        for ref, record in found.items()
    }
