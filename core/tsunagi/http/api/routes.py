"""The whole API: what anybody may call, and what needs to know who calls."""

from fastapi import APIRouter, Depends, Security

from tsunagi.http.api import (
    accounts,
    connections,
    contacts_and_deals,
    currencies,
    features,
    keys,
    mailings,
    notifications,
    open_items,
    operations,
    plugins,
    problems,
    rules,
    services,
    sync_runs,
    tokens,
    why,
)
from tsunagi.http.api.schemas import DESCRIBED
from tsunagi.http.auth import authenticate

# Services prove themselves by a secret of their own; a watch has no account.
open_router = APIRouter()
open_router.include_router(notifications.router, prefix="/api", responses=problems.ANSWERS)
open_router.include_router(operations.router)

router = APIRouter(prefix="/api", responses=problems.ANSWERS, dependencies=[Depends(authenticate), Security(DESCRIBED)])
router.include_router(accounts.router)
router.include_router(contacts_and_deals.contacts)
router.include_router(contacts_and_deals.deals)
for part in (
    mailings,
    sync_runs,
    open_items,
    connections,
    features,
    services,
    currencies,
    keys,
    tokens,
    rules,
    why,
    plugins,
):
    router.include_router(part.router)
