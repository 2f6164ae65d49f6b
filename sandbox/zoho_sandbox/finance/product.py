"""A finance service as a product of the sandbox: its own operations, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.finance import limits
from zoho_sandbox.finance.operations import Before, Offer, offered, refuse, refused
from zoho_sandbox.finance.services import Service
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox


def product_of(
    service: Service,
    *offers: Iterable[Offer],
    schema: str = "",
    prepare: Callable[[Sandbox], None] | None = None,
    before: Before | None = None,
) -> Product:
    """The product of `service`; `before` is called with each call to an organisation, before its operation."""
    return Product(
        name=service.name,
        prefix=f"/{service.base.split('/')[1]}",
        schema=schema,
        operations=offered(service, *offers, before=before),
        refuse=partial(refuse, service=service),
        prepare=prepare or _nothing,
        admit=partial(_admit, service),
        stamp=partial(limits.stamp, service=service),
        trailing_slash=True,
    )


def _nothing(_sandbox: Sandbox) -> None:
    """The default `prepare`."""


def _admit(service: Service, call: Call) -> Answer | None:
    """Turn the call away where the service's limits say so."""
    error = limits.admit(call, service)
    return None if error is None else refused(error)
