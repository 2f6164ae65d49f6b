"""What became of a run's records on its page: a section for each state, with its reasons and the first records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tsunagi.app.sync import runs
from tsunagi.app.sync.run_outcomes import OutcomeReason, count_on_list
from tsunagi.app.sync.runs import RunPage
from tsunagi.app.views import records
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.http.web.rendering import record_address
from tsunagi.hub import Hub
from tsunagi.translation import gettext as _
from tsunagi.translation import say

# Where each record has a reason of its own, the list of reasons is no shorter than that of the records.
_REASONS = 10


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One record, why it is mentioned, and the account page it has, if any."""

    names: Sequence[tuple[str, str]]
    reason: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason to narrow the records to. `again` is how many items a retry by its code takes along, 0 for none."""

    reason: OutcomeReason
    text: str
    again: int


@dataclass(frozen=True, slots=True)
class OutcomeSection:
    """Records that ended one way; `tone` is whether somebody should look.

    `count` is how many of those that are looked at, `reasons` the most frequent of all, `further` how many more.
    """

    state: str
    title: str
    about: str
    tone: str
    count: int
    rows: Sequence[OutcomeRow]
    reasons: Sequence[ReasonRow]
    further: int


def sections_of(hub: Hub, shown: RunPage, person: Person | None) -> list[OutcomeSection]:
    titles = records.titles(hub.context, runs.records_named(shown), person)
    again = count_on_list(hub.context, shown.reasons)
    listed: dict[str, list[OutcomeRow]] = {}
    for intent in shown.unmade:
        because = say(intent.problem) if intent.problem else ""
        listed.setdefault(intent.state, []).append(OutcomeRow(_names([runs.source_of(intent)], titles), because))
    for group in shown.groups:
        rows = [OutcomeRow(_names([each.left, each.right], titles), say(each.reason)) for each in group.outcomes]
        listed[group.outcome] = rows
    return [_section(state, rows, shown.reasons, again) for state, rows in listed.items()]


def _section(
    state: str, rows: Sequence[OutcomeRow], reasons: Sequence[OutcomeReason], again: Mapping[str, int]
) -> OutcomeSection:
    own = [each for each in reasons if each.state == state]
    title, about, tone = _described(state)
    return OutcomeSection(
        state,
        title,
        about,
        tone,
        sum(each.count for each in own),
        rows,
        [
            ReasonRow(each, say(each.text) or _("No reason is known"), again.get(each.code, 0))
            for each in own[:_REASONS]
        ],
        len(own[_REASONS:]),
    )


def _names(refs: Sequence[RecordRef | None], titles: Mapping[RecordRef, str]) -> list[tuple[str, str]]:
    """Each record by its title, with the address of its page."""
    return [(titles.get(ref, ref.id), record_address(ref)) for ref in refs if ref is not None]


def _described(outcome: str) -> tuple[str, str, str]:
    """Title, what it means and tone of an outcome."""
    descriptions = {
        "failed": (_("Could not be written"), _("The service refused these; correct them and sync again."), "danger"),
        "abandoned": (
            _("Left for the next sync"),
            _("These changed while they were being written, and are planned anew."),
            "warning",
        ),
        "planned": (
            _("Still to be written"),
            _("The service was away; these are written when it is back."),
            "warning",
        ),
        "conflict": (_("Changed on both sides"), _("A person has to decide which value wins."), "warning"),
        "match": (_("Possibly the same"), _("A person has to decide whether they are the same."), "warning"),
        "deletion": (
            _("One of the two was deleted"),
            _("A person has to decide about the other."),
            "warning",
        ),
        "incomplete": (
            _("Something is missing"),
            _("Fill in the field named here; the next sync takes the record along."),
            "warning",
        ),
        "invalid": (_("Cannot be meant"), _("Correct the field named here."), "warning"),
        "waits": (_("Waiting for another record"), _("These follow once the record they point at is there."), "info"),
        "unread": (_("Not read yet"), _("These are compared once both sides have been read."), "info"),
        "one_way": (_("Different by design"), _("Changes of these fields travel one way only."), "secondary"),
        "skipped": (_("Left as they are"), _("The policy is to change neither side."), "secondary"),
        "undone": (_("Put back"), _("These say again what they said before the run."), "success"),
        "undo_refused": (
            _("Changed since"),
            _("Somebody has changed these since; they are left as they are."),
            "warning",
        ),
        "not_undoable": (
            _("Cannot be undone"),
            _("There is no way back for these, or it was not asked for."),
            "secondary",
        ),
        "create": (_("New"), _("These are made on the other side."), "success"),
        "update": (_("Changed"), _("What differs is written to the other side."), "primary"),
        "delete": (_("Deleted"), _("These are deleted on the other side."), "warning"),
        "deactivate": (_("Deactivated"), _("These are deactivated on the other side."), "warning"),
        "adopt": (_("Linked"), _("These were on both sides already and are one from now on."), "success"),
        "unlink": (_("No longer in step"), _("One of the two was deleted."), "secondary"),
    }
    return descriptions.get(outcome, (outcome, "", "secondary"))
