"""The pages of why: what made a document, what a record lacks for one, and why somebody may not do something."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access import matrix
from tsunagi.app.access.permissions import decide, known_person, list_people, may_with_document
from tsunagi.app.context import Context
from tsunagi.app.views import denials, records
from tsunagi.app.views import why as proofs
from tsunagi.app.views.explanations import Reading, verb_label
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, PermissionDenied, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import NotHere, status_of
from tsunagi.http.web.rendering import page, record_address, service_label
from tsunagi.rules.permissions_catalogue import VIEW, Resource
from tsunagi.rules.permissions_proof import OUTCOMES, RESULTS, PolicyProof, Proof
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()

_DENIED = "/why-denied"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy about the action: what it says to this person, and its conditions in words."""

    proof: PolicyProof
    result: str
    conditions: Sequence[Reading]


@router.get("/why/{service}/{entity}/{id}")
def show_why(request: Request, caller: SignedIn, service: str, entity: str, id: str) -> HTMLResponse:
    """What made a document; of another record, what the rules made for it."""
    try:
        found = proofs.why(caller.hub.context, f"{service}:{entity}:{id}", caller.person)
    except ConfigError as error:
        raise NotHere(error.message) from error
    return _proofs(request, caller, found, heading=_("Why: {what}").format(what=found.title))


@router.get("/why-not/{service}/{entity}/{id}")
def show_why_not(request: Request, caller: SignedIn, service: str, entity: str, id: str) -> HTMLResponse:
    try:
        found = proofs.why_not(caller.hub.context, f"{service}:{entity}:{id}", actor=caller.person)
    except ConfigError as error:
        raise NotHere(error.message) from error
    return _proofs(request, caller, found, heading=_("Why not: {what}").format(what=found.title))


def _proofs(request: Request, caller: Caller, found: proofs.Why, *, heading: str) -> HTMLResponse:
    hub = caller.hub
    return page(
        request,
        hub,
        "why.html",
        heading=heading,
        ref=found.ref,
        title=found.title,
        label=say(hub.registry.entity(found.ref.service, found.ref.entity).label),
        proofs=found.proofs,
        origins=_origins(caller, found),
        rules=frozenset(hub.rules.automations),
        tones=_TONES,
        words=_state_words(),
        now=hub.context.now(),
    )


_TONES = {"made": "success", "failed": "danger", "broken": "danger", "blocked": "warning", "waiting": "warning"}


def _state_words() -> Mapping[str, str]:
    return {
        "made": _("Done"),
        "waiting": _("Waits"),
        "failed": _("Failed"),
        "nothing_left": _("Nothing to do"),
        "blocked": _("Not possible yet"),
        "unfilled": _("Something is missing"),
        "passed_over": _("Another rule goes first"),
        "not_met": _("Conditions do not hold"),
        "cannot_tell": _("Cannot be evaluated"),
        "not_happened": _("Has not happened"),
        "not_there": _("Not known"),
        "off": _("Off"),
        "broken": _("Needs repair"),
        "by_people": _("Made by people"),
    }


def _origins(caller: Caller, found: proofs.Why) -> dict[str, tuple[str, str]]:
    """The records the values are of: name and address by reference."""
    readings = [reading for proof in found.proofs for reading in _every(proof.conditions)]
    refs = {RecordRef.parse(reading.origin) for reading in readings if reading.origin}
    titles = records.titles(caller.hub.context, refs, caller.person)
    return {str(ref): (titles.get(ref, ref.id), record_address(ref)) for ref in refs}


def _every(readings: Iterable[Reading]) -> Iterator[Reading]:
    for reading in readings:
        yield reading
        yield from _every(reading.parts)


@router.get(_DENIED)
def show_why_denied(
    request: Request,
    caller: SignedIn,
    user: Annotated[str, Query(max_length=320)] = "",
    action: Annotated[str, Query(max_length=20)] = "",
    resource: Annotated[str, Query(max_length=500)] = "",
) -> HTMLResponse:
    """`resource` is "SERVICE.invoice" or a document as service:kind:id. Everybody may ask about themselves."""
    context = caller.hub.context
    user = user or caller.person.email
    proof: Proof | None = None
    error: TsunagiError | None = None
    if action and resource:
        try:
            proof = denials.why_denied(context, caller.person, user, action, resource)
        except ConfigError as problem:
            error = problem
    return page(
        request,
        caller.hub,
        "why_denied.html",
        status=status_of(error) if error else 200,
        error=error,
        user=user,
        users=_users(caller, user),
        action=action,
        verbs=_verbs(context),
        resource=resource,
        resources=_resources(caller, resource),
        proof=proof,
        steps=[(step.decision, [_line(caller, each) for each in step.policies]) for step in proof.steps]
        if proof
        else (),
        outcomes=OUTCOMES,
        tones={"permitted": "success", "denied": "danger", "depends": "warning"},
        administers=caller.person.administrator,
    )


def _users(caller: Caller, asked: str) -> list[str]:
    """Those the caller may ask about."""
    context = caller.hub.context
    if not all(decide(context, caller.person, each).allowed for each in (matrix.SEE, "people:view")):
        return list(dict.fromkeys((caller.person.email, asked)))
    known = [person.email for person in list_people(context, caller.person)]
    return list(dict.fromkeys((*sorted(known), asked)))


def _verbs(context: Context) -> list[tuple[str, str]]:
    names = dict.fromkeys(verb for each in context.permissions.catalogue.resources.values() for verb in each.verbs)
    return [(name, verb_label(name)) for name in names]


def _resources(caller: Caller, asked: str) -> list[tuple[str, str]]:
    """What can be permitted, and the document that is asked about, by what people call it."""
    context = caller.hub.context
    found = [(each.name, _label(caller, each)) for each in context.permissions.catalogue.resources.values()]
    if not asked or asked in {name for name, _label_ in found}:
        return found
    try:
        ref = RecordRef.parse(asked)
    except ValueError:
        return [(asked, asked), *found]
    return [(asked, records.titles(context, [ref], caller.person).get(ref, asked)), *found]


def _label(caller: Caller, resource: Resource) -> str:
    if resource.group == "tabs":
        return _("{service} (tab)").format(service=service_label(caller.hub, resource.service))
    label = say(resource.label)
    return f"{service_label(caller.hub, resource.service)} · {label}" if resource.service else label


def _line(caller: Caller, proof: PolicyProof) -> PolicyLine:
    return PolicyLine(proof, say(RESULTS[proof.result]), denials.readings(caller.hub.context, proof, caller.person))


def address_of_denial(context: Context, person: Person, error: PermissionDenied) -> str:
    """Where the refusal is explained, to the one refused and to administrators; empty where there is no more to say."""
    resource, _colon, verb = error.what.rpartition(":")
    if resource not in context.permissions.catalogue.resources or known_person(context, error.who) is None:
        return ""
    # A document one may not see cannot be asked about either, its kind can.
    if error.on and may_with_document(context, person, RecordRef.parse(error.on), VIEW):
        resource = error.on
    return f"{_DENIED}?{urlencode({'user': error.who, 'action': verb, 'resource': resource})}"
