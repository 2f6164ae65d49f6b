"""Puts a chunk of records into the CRM; a value the CRM refuses costs that value, or its row, never the chunk."""

from collections.abc import Sequence

from zoho_sandbox.crm.errors import Body, RecordProblem
from zoho_sandbox.load.closing import Ending
from zoho_sandbox.load.destination import Destination
from zoho_sandbox.load.field_kinds import REQUIRED_FIELDS
from zoho_sandbox.load.problems import Consequence
from zoho_sandbox.load.translation import Translated, Translator

Loadable = tuple[Translated, Ending | None]
# More values than this in one pick list mean that the column is free text.
_MOST_CHOICES = 300


def insert_chunk(
    destination: Destination, translator: Translator, chunk: Sequence[Loadable]
) -> list[tuple[str, Loadable]]:
    """The ids of the inserted records with what they were made of; refused rows are reported and left out."""
    for translated, _ending in chunk:
        _allow_choices(destination, translator, translated)
    try:
        ids = destination.insert(translator.module, [translated.record for translated, _ending in chunk])
    except RecordProblem:
        return _insert_singly(destination, translator, chunk)
    return list(zip(ids, chunk, strict=True))


def _insert_singly(
    destination: Destination, translator: Translator, chunk: Sequence[Loadable]
) -> list[tuple[str, Loadable]]:
    inserted = []
    for loadable in chunk:
        record_id = _insert_one(destination, translator, loadable[0])
        if record_id is not None:
            inserted.append((record_id, loadable))
    return inserted


def _insert_one(destination: Destination, translator: Translator, translated: Translated) -> str | None:
    """Without the values the CRM refuses; None when it cannot do without one of them."""
    while True:
        try:
            return destination.insert(translator.module, [translated.record])[0]
        except RecordProblem as problem:
            first = problem.errors[0]  # the others are met at the next attempt
            api_name = str(first["details"].get("api_name", ""))
            reason = _reason(first)
            value = str(translated.record.pop(api_name, ""))
            lost = api_name in REQUIRED_FIELDS[translator.module] or not value
            consequence = Consequence.ROW_SKIPPED if lost else Consequence.VALUE_DROPPED
            translator.tell(translated.row, translator.column_of(api_name), value, reason, consequence)
            if lost:
                return None


def _reason(problem: Body) -> str:
    """The CRM's code with what it says about the field; nothing that differs from row to row."""
    told = {name: said for name, said in problem["details"].items() if isinstance(said, str | int)}
    about = ", ".join(f"{name} {said}" for name, said in told.items() if name not in {"api_name", "json_path"})
    return f"refused by the CRM: {problem['code']}" + (f" ({about})" if about else "")


def _allow_choices(destination: Destination, translator: Translator, translated: Translated) -> None:
    """The organisation the data comes from has the pick list values it uses: they are added to the list."""
    for api_name, value in list(translated.record.items()):
        choices = destination.choices(translator.module, api_name)
        if choices is None or value in choices:
            continue
        if len(choices) < _MOST_CHOICES:
            destination.add_choice(translator.module, api_name, value)
            continue
        del translated.record[api_name]
        reason = f"more than {_MOST_CHOICES} different values for a pick list"
        translator.tell(translated.row, translator.column_of(api_name), value, reason, Consequence.VALUE_DROPPED)
