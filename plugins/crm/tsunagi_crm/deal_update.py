"""The rule action that changes fields of a deal: the event's own, or the one its document was made for."""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from tsunagi import Action, ActionCall, ActionContext, OutsideWrite, RecordRef, RecordUnusable, Text, Value
from tsunagi_crm.entities import SERVICE


class ChangeOfDeal(BaseModel):
    """What the fields shall be; one that is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str | None = Field(default=None, min_length=1, max_length=120)
    closing_date: dt.date | None = None
    description: str | None = Field(default=None, max_length=32000)


def deal_update() -> Action:
    """`crm.deal.update`."""
    return Action(
        name=f"{SERVICE}.deal.update",
        label=Text("Change the deal in the CRM", "CRM の商談を変更"),
        parameters=ChangeOfDeal,
        permission="deal:edit",
        plan=_plan,
    )


def _plan(call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Nothing where the deal has these values already. Raises RecordUnusable where there is no deal."""
    deal = _deal(call)
    record = context.record(deal)
    known = record.fields if record is not None else {}
    wanted: dict[str, Value] = dict(call.parameters.model_dump(exclude_none=True))
    changes = {name: value for name, value in wanted.items() if known.get(name) != value}
    return (OutsideWrite("update", SERVICE, "deal", fields=changes, target=deal, relates=deal),) if changes else ()


def _deal(call: ActionCall) -> RecordRef:
    ref = call.event.ref
    if (ref.service, ref.entity) == (SERVICE, "deal"):
        return ref
    named = (call.event.after or {}).get("deal")
    if isinstance(named, RecordRef):
        return named
    raise RecordUnusable(
        Text(
            en=f"{ref} names no deal, which the rule '{call.rule}' would change.",
            ja=f"{ref} には商談がないため、ルール「{call.rule}」で変更できません。",
        ),
        ref=str(ref),
        field="deal",
        hint=Text("Ask for it in the rule: `deal is_set`.", "ルールの条件に deal の is_set を加えてください。"),
    )
