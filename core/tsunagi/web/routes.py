"""All pages; each form is checked for its token."""

from fastapi import APIRouter, Depends

from tsunagi.web import accounts, plugins, rules, sync_runs
from tsunagi.web.forgery import check_token

router = APIRouter(dependencies=[Depends(check_token)], include_in_schema=False)
for part in (accounts, sync_runs, rules, plugins):
    router.include_router(part.router)
