"""All pages: who reads them is asked first, and each form is checked for its token."""

from fastapi import APIRouter, Depends

from tsunagi.asking import asking
from tsunagi.web import accounts, document_work, open_items, plugins, records, rules, signing_in, sync_runs
from tsunagi.web.forgery import check_token

open_router = APIRouter(dependencies=[Depends(check_token)], include_in_schema=False)
open_router.include_router(signing_in.router)

router = APIRouter(dependencies=[Depends(asking), Depends(check_token)], include_in_schema=False)
for part in (accounts, records, document_work, sync_runs, open_items, rules, plugins):
    router.include_router(part.router)
