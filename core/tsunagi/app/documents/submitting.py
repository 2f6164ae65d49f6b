"""A person's own writes: stored, made at once while they wait, and made once however often they are sent.

KEY       given by the face with what is to be written; the same key again means the same write
RESULT    the document, or that it waits for its service: then the worker makes it, and the standing list says so
REFUSED   the service's reason goes to the person who waits; nothing is left to be done later
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.orm import Session

from tsunagi.app.access.auditing import note
from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import resolve
from tsunagi.app.open_items.writes import write_key
from tsunagi.app.sync.making import make
from tsunagi.app.sync.writing import BY_PEOPLE
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.store.columns import encoded
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.text import Text

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_STILL_BEING_MADE = timedelta(minutes=2)


class KeyReused(ConfigError):
    """The idempotency key was used before with another body."""


class KeyInvalid(ConfigError):
    """The idempotency key is empty, too long or has signs a key cannot have."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a person's write. `waiting`: the service is away or its answer was lost, as `problem` says."""

    state: Literal["done", "waiting"]
    ref: RecordRef | None
    document: Document | None
    problem: Text | None = None


def key_of(actor: Person | None, about: str, given: str) -> str:
    """The key of the write: the one given, of this person, about this document. Raises KeyInvalid."""
    if not _KEY.fullmatch(given):
        raise KeyInvalid(
            Text(
                en="A key is 1 to 200 letters, digits and signs without blanks.",
                ja="キーは空白を含まない 1〜200 文字の英数字・記号で指定してください。",
            )
        )
    said = "\n".join((actor.email if actor else "", about, given))
    return f"people-{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def earlier(context: Context, key: str, asked: Fields) -> Submitted | None:
    """What came of the same key before; None where it is new, was refused, or is to be looked up now.

    Raises KeyReused where something else was sent with it.
    """
    with context.store.read() as session:
        known = Intents(session).get(key)
    if known is None or known.state in ("failed", "abandoned"):
        return None
    if known.plan.get("asked") != digest(asked):
        raise KeyReused(
            Text(
                en="Something else was sent with this key before.",
                ja="このキーは以前、別の内容で送信されました。",
            ),
            hint=Text(en="Use a new key for a new document.", ja="新しい書類には新しいキーを使ってください。"),
        )
    if known.state == "done":
        return _outcome(context, key, {})
    if _is_being_made(context, known):
        return _outcome(context, key, {})
    return None


def digest(asked: Fields) -> str:
    return hashlib.sha256(str(encoded(asked)).encode()).hexdigest()[:24]


def submit(
    context: Context,
    actor: Person | None,
    key: str,
    writes: Sequence[OutsideWrite],
    asked: Fields,
    *,
    version: str | None = None,
) -> Submitted:
    """Store the writes and make them now. The first has the key; those behind it are about the record it makes.

    Who asked is noted with the writes; where the service refuses the document, so is that.

    Raises what the service refused it for, StaleRecord where the document is not of this `version` any more.
    """
    batch = f"{BY_PEOPLE}{key}"
    intents = [_intent(key, batch, number, write, asked, version) for number, write in enumerate(writes)]
    with context.store.write() as session:
        new = Intents(session).plan(intents, context.now())
        known = None if key in new else Intents(session).get(key)
        # Sent twice at one moment: whoever stored it makes it.
        theirs = known is not None and (known.state == "done" or _is_being_made(context, known))
        if not theirs:
            if known is not None:
                Intents(session).take_over(intents, context.now(), retry_failed=True)
            Intents(session).begin(batch)
            if known is None or known.state != "planned":
                _note(context, session, actor, key, writes[0])
    if theirs:
        return _outcome(context, key, {})
    errors: dict[str, TsunagiError] = {}
    for intent in intents:
        make(context, [intent.key], errors)
    try:
        return _outcome(context, key, errors)
    except TsunagiError as error:
        with context.store.write() as session:
            _note(context, session, actor, key, writes[0], refused=error.message.en)
        raise


def _note(
    context: Context, session: Session, actor: Person | None, key: str, write: OutsideWrite, **details: str
) -> None:
    subject = str(write.target) if write.target else f"{write.service}.{write.entity}"
    if write.relates is not None:
        details["about"] = str(write.relates)
    action = "documents:edit" if write.target else "documents:create"
    note(context, session, actor, action, subject, key=key, **details)


def _intent(key: str, batch: str, number: int, write: OutsideWrite, asked: Fields, version: str | None) -> NewIntent:
    plan: dict[str, str] = {"asked": digest(asked)}
    if version is not None:
        plan["expected_version"] = version
    if write.target_of:
        plan["target_of"] = write.target_of
    return NewIntent(
        key=key if number == 0 else f"{key}-{number}", write=write, batch=batch, position=number, plan=plan
    )


def _outcome(context: Context, key: str, errors: dict[str, TsunagiError]) -> Submitted:
    with context.store.read() as session:
        intent = Intents(session).get(key)
        document = Documents(session).get(intent.result) if intent and intent.result else None
    assert intent is not None, "it was stored before it was made"
    if intent.state == "done":
        return Submitted("done", intent.result, document)
    if intent.state == "planned":
        just_now = Text(en="It is being made just now.", ja="現在作成中です。")
        return Submitted("waiting", None, None, intent.problem or just_now)
    _settle(context, intent)
    raise errors.get(key) or ConfigError(intent.problem or Text.same(""))


def _is_being_made(context: Context, intent: Intent) -> bool:
    return (
        intent.state == "planned" and intent.problem is None and context.now() - intent.created_at < _STILL_BEING_MADE
    )


def _settle(context: Context, intent: Intent) -> None:
    """The person is told why: it is not for the standing list."""
    with context.store.write() as session:
        if intent.state == "failed":
            Intents(session).give_up_failed([intent.key], context.now())
        resolve(context, session, [write_key(intent)])
