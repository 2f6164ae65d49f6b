"""The whole API: what anybody may call, and what needs to know who is asking."""

from fastapi import APIRouter

from tsunagi.api import accounts, notifications, operations, plugins, problems, rules, sync_runs

# Services prove themselves by a secret of their own; a watch has no account.
open_router = APIRouter()
open_router.include_router(notifications.router, prefix="/api", responses=problems.ANSWERS)
open_router.include_router(operations.router)

router = APIRouter(prefix="/api", responses=problems.ANSWERS)
for part in (accounts, sync_runs, rules, plugins):
    router.include_router(part.router)
