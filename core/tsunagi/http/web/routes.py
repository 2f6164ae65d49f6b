"""All pages: readers sign in first, and each form is checked for its token."""

from fastapi import APIRouter, Depends

from tsunagi.http.auth import authenticate
from tsunagi.http.csrf import check_token
from tsunagi.http.web import (
    accounts,
    connecting,
    document_work,
    open_items,
    plugins,
    records,
    rules,
    services,
    set_up,
    signing_in,
    sync_runs,
)

open_router = APIRouter(dependencies=[Depends(check_token)], include_in_schema=False)
open_router.include_router(signing_in.router)
open_router.include_router(set_up.router)

router = APIRouter(dependencies=[Depends(authenticate), Depends(check_token)], include_in_schema=False)
for part in (accounts, records, document_work, open_items, sync_runs, rules, services, connecting, plugins):
    router.include_router(part.router)
