"""The way of every call: body, faults, sign-in, limits, handler, log, answer."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from zoho_sandbox import wire
from zoho_sandbox.accounts import grants
from zoho_sandbox.calls import Answer, Call, Operation, Refusal, Refused
from zoho_sandbox.exchange_log import ExchangeLog
from zoho_sandbox.faults import Fault
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox

DropConnection = Callable[[tuple[str, int] | None], None]

_logger = logging.getLogger(__name__)
_DROPPED = Answer(0)
_JSON = "application/json;charset=UTF-8"


class Endpoint:
    """The ASGI application of one operation of one product."""

    def __init__(
        self,
        sandbox: Sandbox,
        product: Product,
        operation: Operation,
        *,
        drop: DropConnection,
        exchange_log: ExchangeLog | None,
    ) -> None:
        self._sandbox = sandbox
        self._product = product
        self._operation = operation
        self._drop = drop
        self._exchange_log = exchange_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = await _read(receive)
        faults = self._faults(scope["method"], scope["path"])
        in_flight = self._sandbox.in_flight
        in_flight[self._product.name] += 1
        try:
            for fault in faults:
                if fault.kind == "delay":
                    await asyncio.sleep(fault.seconds)
            answer, body = self._exchange(scope, content, faults)
        finally:
            in_flight[self._product.name] -= 1
        if answer.status == 0:
            await self._hang_up(scope, receive)
        else:
            await _send(send, answer, body, self._sandbox.clock.now().timestamp())

    def _faults(self, method: str, path: str) -> list[Fault]:
        # The controls stay reachable whatever pattern a fault has.
        if self._product.name == "sandbox":
            return []
        return self._sandbox.faults.striking(method, path)

    def _exchange(self, scope: Scope, content: bytes, faults: Sequence[Fault]) -> tuple[Answer, bytes]:
        started = perf_counter()
        call = self._call(scope)
        kinds = {fault.kind for fault in faults}
        if "drop_before" in kinds:
            answer = _DROPPED
        else:
            answer = self._product.stamp(self._sandbox, self._answer(call, content, faults))
        body = _encoded(answer)
        status = 0 if "drop_after" in kinds else answer.status
        self._record(call, content, status, answer, body, perf_counter() - started, faults)
        return (_DROPPED, b"") if status == 0 else (answer, body)

    def _call(self, scope: Scope) -> Call:
        return Call(
            sandbox=self._sandbox,
            method=scope["method"],
            url_path=scope["path"],
            path=scope.get("path_params") or {},
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body={},
            in_flight=self._sandbox.in_flight[self._product.name],
        )

    def _answer(self, call: Call, content: bytes, faults: Sequence[Fault]) -> Answer:
        try:
            call.content = content
            call.body = wire.parse_body(call.headers.get("content-type", ""), content)
            return (
                self._injected(call, faults)
                or self._sign_in(call)
                or self._product.admit(call)
                or self._operation.handler(call)
            )
        except Refused as refused:
            return refused.answer
        except wire.UnreadableBodyError as error:
            return self._product.refuse(Refusal(reason="unreadable", status=400, detail=str(error)))
        except Exception:
            _logger.exception("%s %s failed", call.method, call.url_path)
            return self._product.refuse(Refusal(reason="failure", status=500))

    def _injected(self, call: Call, faults: Sequence[Fault]) -> Answer | None:
        for fault in faults:
            if fault.kind == "expire_token":
                grants.expire(self._sandbox, _token(call))
            elif fault.kind in ("rate_limit", "status"):
                return self._refusal(fault)
        return None

    def _refusal(self, fault: Fault) -> Answer:
        if isinstance(fault.body, str):
            return Answer(fault.status, fault.body.encode(), {"content-type": "text/html;charset=UTF-8"})
        if fault.body is not None:
            return Answer(fault.status, fault.body)
        if fault.kind == "status":
            return self._product.refuse(Refusal(reason="failure", status=fault.status))
        refused = self._product.refuse(Refusal(reason="rate_limit", status=429, code=fault.code))
        wait = {"Retry-After": f"{fault.seconds:.0f}"} if fault.seconds else {}
        return replace(refused, headers={**refused.headers, **wait})

    def _sign_in(self, call: Call) -> Answer | None:
        needed = self._operation.scope
        if needed is None:
            return None
        token = _token(call)
        if not token:
            return self._product.refuse(Refusal(reason="no_token", status=401))
        grant = grants.grant_of(self._sandbox, token)
        if grant is None:
            return self._product.refuse(Refusal(reason="invalid_token", status=401))
        wanted = needed if isinstance(needed, str) else needed(call)
        if not grant.allows(wanted):
            return self._product.refuse(Refusal(reason="scope", status=401, detail=wanted))
        call.signed_in(grant)
        return None

    def _record(
        self,
        call: Call,
        content: bytes,
        status: int,
        answer: Answer,
        body: bytes,
        seconds: float,
        faults: Sequence[Fault],
    ) -> None:
        where: dict[str, Any] = {
            "service": self._product.name,
            "method": call.method,
            "path": call.url_path,
            "route": self._operation.path,
            "query": call.query,
            "status": status,
            "faults": [fault.kind for fault in faults],
        }
        self._sandbox.log.add(
            **where,
            time=self._sandbox.clock.now().isoformat(timespec="milliseconds"),
            seconds=seconds,
            request_body=content,
            response_body=body,
        )
        if self._exchange_log is not None and _is_json(answer):
            self._exchange_log.add(**where, request=call.body, headers=answer.headers, response=body)

    async def _hang_up(self, scope: Scope, receive: Receive) -> None:
        """Close the socket without a word; the client sees a broken connection."""
        self._drop(scope.get("client"))
        while (await receive())["type"] != "http.disconnect":
            pass


def _is_json(answer: Answer) -> bool:
    return all(v.startswith("application/json") for k, v in answer.headers.items() if k.lower() == "content-type")


def _token(call: Call) -> str:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("zoho-oauthtoken", "bearer") else ""


@lru_cache(maxsize=1)
def _http_date(epoch: int) -> str:
    return formatdate(epoch, usegmt=True)


async def _read(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _encoded(answer: Answer) -> bytes:
    if answer.body is None:
        return b""
    return answer.body if isinstance(answer.body, bytes) else wire.encode(answer.body)


async def _send(send: Send, answer: Answer, body: bytes, epoch: float) -> None:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    headers["date"] = _http_date(int(epoch))
    if answer.status not in (204, 304):
        headers.setdefault("content-type", _JSON)
        headers["content-length"] = str(len(body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
