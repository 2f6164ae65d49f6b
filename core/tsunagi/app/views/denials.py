"""Why somebody may, or may not, do something, with fields by their labels."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tsunagi.app.access import matrix
from tsunagi.app.context import Context
from tsunagi.app.views.explanations import Reading, Words, as_fields, refs_seen
from tsunagi.app.views.records import titles
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.rules.permissions_proof import PolicyProof, Proof
from tsunagi.rules.trace import ConditionTrace
from tsunagi.text import Text
from tsunagi.translation import speaking


class PolicyWords(Words):
    """Names of fields as conditions of policies see them: of a document, its account and deal, and of who acts."""

    def __init__(self, context: Context, named: Mapping[RecordRef, str]) -> None:
        super().__init__(context, "", "", named)
        catalogue = context.permissions.catalogue
        self._entities, self._subject = catalogue.vocabulary.entities, catalogue.subject

    def condition(self, trace: ConditionTrace) -> Text:
        """A condition in both languages: "Total is at most ¥10,000"."""
        return _in_both(lambda: _sentence(self.reading(as_fields([trace])[0])))

    def seen_by(self, trace: ConditionTrace) -> Text:
        """The value it saw, in both languages."""
        return _in_both(lambda: self.seen(trace.label, trace.seen))


def why_denied(context: Context, actor: Person | None, email: str, verb: str, asked: str) -> Proof:
    """As `matrix.why`, in these words. Raises as it does."""
    found = matrix.why(context, actor, email, verb, asked)
    policies = [policy for step in found.steps for policy in step.policies]
    named = titles(context, {ref for policy in policies for ref in _refs(policy)}, actor)
    return found.worded(PolicyWords(context, named))


def readings(context: Context, proof: PolicyProof, actor: Person | None) -> Sequence[Reading]:
    """A policy's conditions as sentences, with what they saw."""
    words = PolicyWords(context, titles(context, set(_refs(proof)), actor))
    return [words.reading(each) for each in as_fields(proof.conditions)]


def _refs(proof: PolicyProof) -> Iterator[RecordRef]:
    return refs_seen(as_fields(proof.conditions))


def _sentence(reading: Reading) -> str:
    parts = "; ".join(_sentence(part) for part in reading.parts)
    return f"{reading.text}: {parts}" if parts else reading.text


def _in_both(say: Callable[[], str]) -> Text:
    with speaking("en"):
        en = say()
    with speaking("ja"):
        return Text(en, say())
