"""What each emulated service brings: its operations, its tables and its own ways of refusing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from zoho_sandbox.calls import Answer, Call, Operation, Refusal
from zoho_sandbox.sandbox import Sandbox


def _nothing_to_prepare(_sandbox: Sandbox) -> None:
    """The default `prepare`."""


def _admit(_call: Call) -> Answer | None:
    return None


def _unchanged(_sandbox: Sandbox, answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One service of the sandbox; every `product.py` offers one as `PRODUCT`.

    name: what the request log calls it ("crm", "books"). prefix: its first path segment ("/books").
    schema: `CREATE … IF NOT EXISTS` script, run at each opening. operations: matched in order.
    refuse: words a Refusal in the service's own error body.
    prepare: called at each opening in a transaction; makes what a connection needs where it is absent.
    admit: called before the handler; an Answer turns the call away (credits, rates, concurrency).
    stamp: adds headers every answer of the service carries.
    trailing_slash: whether a path may end in one; it then names the same as without.
    background: work that runs beside the server until it is cancelled.
    """

    name: str
    prefix: str
    schema: str
    operations: Sequence[Operation]
    refuse: Callable[[Refusal], Answer]
    prepare: Callable[[Sandbox], None] = _nothing_to_prepare
    admit: Callable[[Call], Answer | None] = _admit
    stamp: Callable[[Sandbox, Answer], Answer] = _unchanged
    trailing_slash: bool = False
    background: Callable[[Sandbox], Awaitable[None]] | None = None
