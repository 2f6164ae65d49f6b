"""Why a document exists, and why a record has none: the proof of each rule, down to the values it saw."""

import datetime as dt
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tsunagi.app.views import why as proofs
from tsunagi.errors import ConfigError
from tsunagi.http.api.documents import ConditionOut, condition
from tsunagi.http.api.schemas import RefOut, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere

router = APIRouter(tags=["rules"])


class ProofOut(BaseModel):
    """One rule and what became of it; texts are in the caller's language."""

    rule: str
    title: str
    state: Literal[
        "made", "waiting", "failed", "nothing_left", "blocked", "unfilled", "passed_over", "not_met", "cannot_tell",
        "not_happened", "not_there", "off", "broken", "by_people",
    ]  # fmt: skip
    sentence: str
    event: str
    at: dt.datetime | None = Field(description="when its event happened; null where it has not")
    place: str
    conditional: bool = Field(description="its event has not happened: these conditions would be asked if it did now")
    conditions: list[ConditionOut]
    changes: list[str] = Field(description="the fewest changes, all together, after which it would be otherwise")
    problems: list[str]
    writes: list[str]


class ProofsOut(BaseModel):
    record: RefOut
    title: str
    rules: list[ProofOut]


@router.get("/why/{service}/{entity}/{id}", summary="Say why a document exists")
def say_why(caller: SignedIn, service: str, entity: str, id: str) -> ProofsOut:
    """The rule that made it, what each of its conditions saw, and what would have kept it from being made."""
    try:
        return _proofs(proofs.why(caller.hub.context, f"{service}:{entity}:{id}", caller.person))
    except ConfigError as error:
        raise NotHere(error.message) from error


@router.get("/why-not/{service}/{entity}/{id}", summary="Say why a record has no document")
def say_why_not(caller: SignedIn, service: str, entity: str, id: str, rule: str = "") -> ProofsOut:
    """Each rule that waits for what happens to it, or the one named, and the nearest change that would make it act."""
    try:
        return _proofs(proofs.why_not(caller.hub.context, f"{service}:{entity}:{id}", rule, caller.person))
    except ConfigError as error:
        raise NotHere(error.message) from error


def _proofs(found: proofs.Why) -> ProofsOut:
    return ProofsOut(
        record=reference(found.ref),
        title=found.title,
        rules=[
            ProofOut(
                rule=proof.rule,
                title=proof.title,
                state=proof.state,
                sentence=proof.sentence,
                event=proof.event,
                at=proof.at,
                place=proof.place,
                conditional=proof.conditional,
                conditions=[condition(reading) for reading in proof.conditions],
                changes=list(proof.changes),
                problems=list(proof.problems),
                writes=list(proof.writes),
            )
            for proof in found.proofs
        ],
    )
