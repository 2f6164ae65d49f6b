"""The pages of sync pairs: how each is set up, changed with a form or as YAML, and tried on one real record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import decide
from tsunagi.app.sync import pair_files
from tsunagi.app.sync.pair_files import PairFile
from tsunagi.app.views import formats
from tsunagi.domain.entities import FieldType
from tsunagi.domain.mapping import Direction, FieldMap, Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import RuleFileError, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page
from tsunagi.http.web.setting_fields import EnteredForm
from tsunagi.hub import Hub
from tsunagi.store.links import Links
from tsunagi.store.records import Records
from tsunagi.sync import settings_schema as words
from tsunagi.translation import gettext as _
from tsunagi.translation import say
from tsunagi.yaml_marks import parse

router = APIRouter(prefix="/sync-pairs")

# The settings of the form, in order, with their labels and defaults.
_CHOICES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "direction": (get_args(words.DirectionWord), ""),
    "duplicates": (get_args(words.DuplicateWord), "overwrite"),
    "conflicts": (get_args(words.ConflictWord), "source_wins"),
    "deletions": (get_args(words.DeletionWord), "ignore"),
    "merges": (get_args(words.DeletionWord), "ignore"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting of the form: its name, how it reads, its words with how they read, and the one that counts."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of one side: its name, label, type in the reader's language, and its value in the record shown."""

    name: str
    label: str
    type: str
    sample: str


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A field of both sides, which way it travels, and whose value wins."""

    name: str
    left: Sequence[MappedField]
    right: Sequence[MappedField]
    direction: str
    owner: str


@router.get("")
def list_pairs(request: Request, caller: SignedIn) -> HTMLResponse:
    found = pair_files.pair_files(caller.hub.context)
    return page(
        request, caller.hub, "sync_pairs.html", pairs=found, states=_states(), ways=_words()["direction"], name=_name
    )


@router.get("/{pair}")
def show_pair(request: Request, caller: SignedIn, pair: str) -> HTMLResponse:
    return _page(request, caller, pair_files.pair_file(caller.hub.context, pair))


@router.post("/{pair}/settings")
def choose(request: Request, caller: SignedIn, pair: str, form: EnteredForm) -> Response:
    """The settings of the form; comments and everything else in the file stay."""
    context = caller.hub.context
    known = pair_files.pair_file(context, pair)
    values = _file_values(known)
    wanted = {name: form.get(name, "") for name in _CHOICES}
    changes = {name: word for name, word in wanted.items() if word and word != _counts(known, values, name)}
    enabled = form.get("enabled") == "true"
    if enabled != (values.get("enabled", True) is not False):
        changes["enabled"] = "true" if enabled else "false"
    try:
        pair_files.change_settings(context, caller.person, pair, changes)
    except TsunagiError as error:
        return _page(request, caller, known, error=error)
    return RedirectResponse(f"/sync-pairs/{pair}", 303)


@router.post("/{pair}/text")
def act_on_text(
    request: Request,
    caller: SignedIn,
    pair: str,
    text: Annotated[str, Form(max_length=400_000)] = "",
    act: Annotated[Literal["check", "save", "try"], Form()] = "check",
    record: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Check, save, or try the file as it was typed."""
    context = caller.hub.context
    known = pair_files.pair_file(context, pair)
    text = text.replace("\r\n", "\n")
    trial = None
    try:
        match act:
            case "save":
                pair_files.replace_file(context, caller.person, pair, text)
                return RedirectResponse(f"/sync-pairs/{pair}", 303)
            case "try":
                trial = pair_files.try_mapping(context, caller.person, pair, record.strip(), text or None)
            case "check":
                pair_files.read_text(context, pair, text)
    except TsunagiError as error:
        return _page(request, caller, known, text=text, error=error, record=record)
    return _page(request, caller, known, text=text, trial=trial, record=record, checked=act == "check")


def _page(
    request: Request,
    caller: Caller,
    known: PairFile,
    *,
    text: str | None = None,
    error: TsunagiError | None = None,
    trial: pair_files.Trial | None = None,
    record: str = "",
    checked: bool = False,
) -> HTMLResponse:
    hub = caller.hub
    shown = known.text or f"version: 1\npair: {known.name}\n" if text is None else text
    problems = [error] if isinstance(error, RuleFileError) else list(known.problems if text is None else ())
    values = _file_values(known)
    mapping = _mapping(hub, known)
    return page(
        request,
        hub,
        "sync_pair.html",
        status=status_of(error) if error else 200,
        known=known,
        label=_name(known),
        state=_states()[known.state],
        enabled=values.get("enabled", True) is not False,
        choices=_choices(known, values),
        mapping=mapping,
        sampled=any(each.sample for row in mapping for each in (*row.left, *row.right)),
        text=shown,
        problems=problems,
        marked={each.line for each in problems},
        error=None if isinstance(error, RuleFileError) else error,
        trial=trial,
        record=record,
        checked=checked,
        may_change=decide(hub.context, caller.person, "sync:settings").allowed,
        may_try=decide(hub.context, caller.person, "sync:run").allowed,
    )


def _file_values(known: PairFile) -> Mapping[str, object]:
    """The file's own words; nothing where it cannot be read."""
    try:
        data = parse(known.file, known.text).data if known.text else None
    except RuleFileError:
        return {}
    return data if isinstance(data, dict) else {}


def _counts(known: PairFile, values: Mapping[str, object], name: str) -> str:
    fallback = known.direction or "" if name == "direction" else _CHOICES[name][1]
    return str(values.get(name) or fallback)


def _choices(known: PairFile, values: Mapping[str, object]) -> list[Choice]:
    labels = {
        "direction": _("Changes travel"),
        "duplicates": _("On both sides before the first sync"),
        "conflicts": _("Changed on both sides"),
        "deletions": _("Deleted on one side"),
        "merges": _("Merged in the CRM"),
    }
    read = _words()
    return [
        Choice(
            name,
            labels[name],
            [(word, read[name].get(word, word)) for word in options],
            _counts(known, values, name),
        )
        for name, (options, _fallback) in _CHOICES.items()
    ]


def _words() -> dict[str, dict[str, str]]:
    """How each word of a setting reads."""
    removed = {
        "ignore": _("leave the other one"),
        "deactivate": _("deactivate the other one"),
        "delete": _("delete the other one"),
        "ask": _("ask a person"),
    }
    return {
        "direction": {
            "both": _("both ways"),
            "crm_to_finance": _("from the CRM"),
            "finance_to_crm": _("into the CRM"),
        },
        "duplicates": {
            "overwrite": _("link them; one side's values win"),
            "clone": _("make a second one under a free name"),
            "skip": _("leave both alone"),
            "ask": _("ask a person"),
        },
        "conflicts": {
            "source_wins": _("the side the field comes from wins"),
            "crm_wins": _("the CRM wins"),
            "finance_wins": _("the finance service wins"),
            "newest_wins": _("the later edit wins"),
            "skip": _("both keep their own"),
            "ask": _("ask a person"),
        },
        "deletions": removed,
        "merges": removed,
    }


def _states() -> dict[str, tuple[str, str]]:
    return {
        "on": (_("On"), "success"),
        "off": (_("Off"), "secondary"),
        "broken": (_("Needs repair"), "danger"),
        "unused": (_("Not in use"), "secondary"),
    }


def _name(known: PairFile) -> str:
    return say(known.pair.label) if known.pair else known.name


def _mapping(hub: Hub, known: PairFile) -> list[MappingRow]:
    if known.pair is None:
        return []
    pair = known.pair
    ways = {
        Direction.BOTH: "↔",
        Direction.LEFT_TO_RIGHT: "→",
        Direction.RIGHT_TO_LEFT: "←",
    }
    owners = {"left": _("the CRM"), "right": _("the finance service")}
    samples, types = _samples(hub, pair), _types()

    def named(fm: FieldMap, side: Side) -> list[MappedField]:
        entity = hub.registry.entities.get(f"{pair.end(side).service}.{pair.end(side).entity}")
        specs = [(name, entity.field(name) if entity else None) for name in fm.names(side)]
        values = samples.get(side, {})
        return [
            MappedField(
                name,
                say(spec.label) if spec else name,
                types[spec.type] if spec else "",
                formats.value(values.get(name)),
            )
            for name, spec in specs
        ]

    return [
        MappingRow(
            fm.name,
            named(fm, "left"),
            named(fm, "right"),
            ways[fm.direction if pair.direction is Direction.BOTH else pair.direction],
            owners[fm.owner] if fm.owner else "",
        )
        for fm in pair.mapping.fields
    ]


def _samples(hub: Hub, pair: SyncPair) -> dict[Side, Fields]:
    """The values of one linked record on both sides, as the hub last read them; nothing before the first sync."""
    with hub.store.read() as session:
        link = next(iter(Links(session).in_use(pair.name, limit=1)), None)
        known = Records(session).get_many([link.left, link.right]) if link else {}
    if link is None:
        return {}
    ends: tuple[tuple[Side, RecordRef], ...] = (("left", link.left), ("right", link.right))
    return {side: known[ref].fields for side, ref in ends if ref in known}


def _types() -> Mapping[FieldType, str]:
    return {
        "text": _("text"),
        "email": _("e-mail address"),
        "phone": _("phone number"),
        "url": _("web address"),
        "integer": _("whole number"),
        "decimal": _("number"),
        "money": _("amount of money"),
        "date": _("date"),
        "time": _("date and time"),
        "boolean": _("yes or no"),
        "choice": _("one of a list"),
        "reference": _("another record"),
    }
