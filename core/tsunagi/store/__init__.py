"""What the hub keeps: one database, one small repository for each thing in it.

A repository takes the session of a transaction that `Store.read` or `Store.write` opened, and gives back values.
"""

from tsunagi.store.api_tokens import ApiToken, ApiTokens
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.cursors import Cursors, Position
from tsunagi.store.database import Store
from tsunagi.store.decisions import RuleDecision, RuleDecisions, StoredBook
from tsunagi.store.document_totals import Totals
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.events import Events
from tsunagi.store.history import Entry, History, NewEntry
from tsunagi.store.inbox import Inbox, Notice
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.keyring import new_secret_key
from tsunagi.store.links import Link, Links, NewLink
from tsunagi.store.mailings import Mailing, Mailings
from tsunagi.store.open_items import NewOpenItem, OpenItem, OpenItems
from tsunagi.store.paging import Slice
from tsunagi.store.pair_mappings import PairMappings
from tsunagi.store.people import People
from tsunagi.store.presence import Change
from tsunagi.store.process_locks import ProcessLocks
from tsunagi.store.rate_limits import RateBuckets, SharedRateLimiter
from tsunagi.store.records import Records
from tsunagi.store.reviews import Decision, ReviewItem, Reviews
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.store.secrets import ConnectionSecrets, process_lock, reseal
from tsunagi.store.shared_keys import SharedKey, SharedKeys
from tsunagi.store.subscriptions import ServiceSubscription, Subscriptions
from tsunagi.store.sync_runs import SyncOutcome, SyncRun, SyncRuns
from tsunagi.store.views import ViewMembers

__all__ = [
    "ApiToken",
    "ApiTokens",
    "Baseline",
    "Baselines",
    "Change",
    "Connection",
    "ConnectionSecrets",
    "Connections",
    "Cursors",
    "Decision",
    "Documents",
    "DocumentsOf",
    "Entry",
    "Events",
    "History",
    "Inbox",
    "Intent",
    "Intents",
    "Link",
    "Links",
    "Mailing",
    "Mailings",
    "NewEntry",
    "NewIntent",
    "NewLink",
    "NewOpenItem",
    "Notice",
    "OpenItem",
    "OpenItems",
    "PairMappings",
    "People",
    "Position",
    "ProcessLocks",
    "RateBuckets",
    "Records",
    "ReviewItem",
    "Reviews",
    "RuleDecision",
    "RuleDecisions",
    "RuleRun",
    "RuleRuns",
    "ServiceSubscription",
    "SharedKey",
    "SharedKeys",
    "SharedRateLimiter",
    "Slice",
    "Store",
    "StoredBook",
    "Subscriptions",
    "SyncOutcome",
    "SyncRun",
    "SyncRuns",
    "Totals",
    "ViewMembers",
    "new_secret_key",
    "process_lock",
    "reseal",
]
