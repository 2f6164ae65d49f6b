"""Having rules act on what was so before the hub knew it: a form, what would follow, and the run that does it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.access.permissions import require
from tsunagi.app.sync import backfilling
from tsunagi.app.sync.backfilling import EDIT, Foreseen, Period
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput
from tsunagi.http.web.rendering import entered_day, page, service_label
from tsunagi.text import Text

router = APIRouter(prefix="/rules/backfill")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says: an event, and days as they were typed, both included."""

    event: str
    since: str
    until: str

    def period(self) -> Period:
        """Raises InvalidInput naming what is no day, and days in the wrong order."""
        found = Period(entered_day(self.since), entered_day(self.until))
        if found.since and found.until and found.since > found.until:
            raise InvalidInput(
                Text(en="The first day is after the last one.", ja="開始日が終了日より後になっています。")
            )
        return found


_Event = Annotated[str, Query(max_length=200)]
_Day = Annotated[str, Query(max_length=10)]


@router.get("")
def show_form(
    request: Request, caller: SignedIn, event: _Event = "", since: _Day = "", until: _Day = "", plan: bool = False
) -> HTMLResponse:
    """With `plan`, what would follow, beside the button that carries it out."""
    context = caller.hub.context
    require(context, caller.person, EDIT)
    wanted = Wanted(event, since.strip(), until.strip())
    if not plan:
        return _form(request, caller, wanted)
    try:
        found = backfilling.foresee(context, caller.person, event, wanted.period())
    except TsunagiError as error:
        return _form(request, caller, wanted, problem=error)
    return _form(request, caller, wanted, found=found)


@router.post("", response_model=None)
def begin(
    request: Request,
    caller: SignedIn,
    event: Annotated[str, Form(max_length=200)],
    since: Annotated[str, Form(max_length=10)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
) -> HTMLResponse | RedirectResponse:
    hub, wanted = caller.hub, Wanted(event, since, until)
    try:
        run = backfilling.request_backfill(hub.context, hub.jobs, caller.person, event, wanted.period())
    except TsunagiError as error:
        require(hub.context, caller.person, EDIT)
        return _form(request, caller, wanted, problem=error)
    return RedirectResponse(f"/sync-runs/{run}", 303)


def _form(
    request: Request,
    caller: Caller,
    wanted: Wanted,
    *,
    found: Foreseen | None = None,
    problem: TsunagiError | None = None,
) -> HTMLResponse:
    context = caller.hub.context
    pending = backfilling.awaited_services(context, wanted.event) if found else ()
    return page(
        request,
        caller.hub,
        "backfill.html",
        status=422 if problem else 200,
        wanted=wanted,
        events=backfilling.backfillable(context),
        found=found,
        problem=problem,
        rules=context.rules.automations,
        pending=[service_label(caller.hub, service) for service in pending],
    )
