"""The clock over HTTP."""

from datetime import datetime, timedelta

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html

_EXAMPLE = """<p>Move it: <code>curl -X PUT /_sandbox/clock
 -d '{"now": "2026-07-01T09:00:00+09:00", "frozen": true}'</code>,
<code>curl -X POST /_sandbox/clock/advance -d '{"seconds": 3600}'</code>,
<code>curl -X DELETE /_sandbox/clock</code> for real time.</p>"""


def shown(call: Call) -> Answer:
    """`GET /_sandbox/clock`."""
    clock = call.sandbox.clock
    if prefers_html(call.headers):
        state = "stands still" if clock.frozen else "is running"
        return html_answer("Clock", f"<p>{clock.now().isoformat()} ({state})</p>{_EXAMPLE}")
    return Answer(200, {"now": clock.now().isoformat(), "frozen": clock.frozen})


def moved(call: Call) -> Answer:
    """`PUT /_sandbox/clock` `{"now": ISO time with offset, "frozen"?: bool}`."""
    given = call.body.get("now")
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        return Answer(400, {"message": f"now is {given!r}; it must be an ISO time with an offset"})
    if moment.tzinfo is None:
        return Answer(400, {"message": f"now is {given!r}; its offset from UTC is missing"})
    call.sandbox.clock.set(moment, frozen=call.body.get("frozen") is True)
    return shown(call)


def advanced(call: Call) -> Answer:
    """`POST /_sandbox/clock/advance` `{"seconds": number}`."""
    given = call.body.get("seconds")
    try:
        step = timedelta(seconds=float(str(given)))
    except ValueError:
        return Answer(400, {"message": f"seconds is {given!r}; it must be a number"})
    call.sandbox.clock.advance(step)
    return shown(call)


def reset(call: Call) -> Answer:
    """`DELETE /_sandbox/clock`: back to real time."""
    call.sandbox.clock.reset()
    return shown(call)
