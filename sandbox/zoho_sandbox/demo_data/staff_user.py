"""Somebody inside the sandbox who does what the services' users do, without HTTP, at any moment of the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho_sandbox.calls import Call
from zoho_sandbox.finance import users
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.organizations import default_organization
from zoho_sandbox.finance.services import Service
from zoho_sandbox.sandbox import Sandbox


def staff_user(sandbox: Sandbox, service: Service, body: Mapping[str, Any] | None = None) -> FinanceCall:
    """The default organisation's administrator calling `service` with a body."""
    organization = default_organization(sandbox.db)
    owner = users.administrator(sandbox)
    call = Call(
        sandbox=sandbox,
        method="POST",
        url_path=service.base,
        path={},
        query={},
        headers={},
        body=dict(body or {}),
    )
    return FinanceCall(
        call, service, organization, users.signed_in(sandbox.db, organization.organization_id, owner.zuid)
    )
