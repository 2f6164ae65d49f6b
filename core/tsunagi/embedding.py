"""The public API for programs that run a hub inside themselves: a script, a test, a service of one's own.

    with Hub(load_settings(home=Path("my-hub"))) as hub:
        hub.jobs.start(hub.context)  # this process does the work; AlreadyRunning when another does
        connect(hub.context, "crm", {...})  # the fields of the service's settings
        run = start_sync(hub.context, first=True)  # a person's word: nothing is written before it
        run_sync(hub.context, hub.jobs, run).state  # "done", "failed" or "refused"
        with running(hub) as served:  # pages, API and callbacks at served.base_url
            ...

Everything here raises TsunagiError with words for a person. What pages show is read from the store alone.
Plugins import from `tsunagi`; they need nothing of this.
"""

from tsunagi.app.access.tokens import NewToken, create_token
from tsunagi.app.connections.connecting import connect, organizations
from tsunagi.app.documents.refreshing import refresh_here
from tsunagi.app.jobs import AlreadyRunning
from tsunagi.app.settings import Settings, load_settings
from tsunagi.app.sync.notifications import receive, subscribe
from tsunagi.app.sync.worker import SyncWorker, resume_postponed
from tsunagi.app.sync.workflows import run_sync, start_sync, sync_run
from tsunagi.app.views.explanations import Explanation, Reading, explain
from tsunagi.app.views.formats import money, number
from tsunagi.app.views.overview import (
    Backlog,
    DocumentCount,
    Refused,
    accounts_of_documents,
    backlog,
    documents,
    documents_of_deal,
    records,
    records_by_kind,
    refused,
    rule_runs,
    verdicts,
)
from tsunagi.app.views.records import (
    AccountPage,
    AccountRow,
    PanelRow,
    PanelView,
    Why,
    account_page,
    accounts,
    count_accounts,
    panel_page,
    why,
)
from tsunagi.http.application import create_application
from tsunagi.http.server import Running, running, serve
from tsunagi.hub import Hub
from tsunagi.logging import configure as configure_logging
from tsunagi.rule_files import lay_starter_rules
from tsunagi.store import RuleRun, Slice, SyncRun, Totals
from tsunagi.translation import language, say, set_language, speaking

__all__ = [
    "AccountPage",
    "AccountRow",
    "AlreadyRunning",
    "Backlog",
    "DocumentCount",
    "Explanation",
    "Hub",
    "NewToken",
    "PanelRow",
    "PanelView",
    "Reading",
    "Refused",
    "RuleRun",
    "Running",
    "Settings",
    "Slice",
    "SyncRun",
    "SyncWorker",
    "Totals",
    "Why",
    "account_page",
    "accounts",
    "accounts_of_documents",
    "backlog",
    "configure_logging",
    "connect",
    "count_accounts",
    "create_application",
    "create_token",
    "documents",
    "documents_of_deal",
    "explain",
    "language",
    "lay_starter_rules",
    "load_settings",
    "money",
    "number",
    "organizations",
    "panel_page",
    "receive",
    "records",
    "records_by_kind",
    "refresh_here",
    "refused",
    "resume_postponed",
    "rule_runs",
    "run_sync",
    "running",
    "say",
    "serve",
    "set_language",
    "speaking",
    "start_sync",
    "subscribe",
    "sync_run",
    "verdicts",
    "why",
]
