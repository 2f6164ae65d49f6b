"""What the hub keeps: one database, one small repository for each thing in it.

A repository takes the session of a transaction that `Store.read` or `Store.write` opened, and gives back values.
"""

from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.connections import Connection, Connections, ConnectionSecrets, reseal
from tsunagi.store.database import Store
from tsunagi.store.document_totals import Totals
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.events import Events
from tsunagi.store.history import Entry, History, NewEntry
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.keyring import new_secret_key
from tsunagi.store.links import Link, Links, NewLink, PairMappings
from tsunagi.store.listings import Cursors, Position, ViewMembers
from tsunagi.store.mailings import Mailing, Mailings
from tsunagi.store.notifications import Inbox, Notice, ServiceSubscription, Subscriptions
from tsunagi.store.open_items import NewOpenItem, OpenItem, OpenItems
from tsunagi.store.paging import Slice
from tsunagi.store.people import ApiToken, ApiTokens, People
from tsunagi.store.presence import Change
from tsunagi.store.process_locks import ProcessLocks, process_lock
from tsunagi.store.rate_limits import RateBuckets, SharedRateLimiter
from tsunagi.store.records import Records
from tsunagi.store.reviews import Decision, ReviewItem, Reviews
from tsunagi.store.rule_runs import RuleDecision, RuleDecisions, RuleRun, RuleRuns, StoredBook
from tsunagi.store.shared_keys import SharedKey, SharedKeys
from tsunagi.store.sync_runs import SyncOutcome, SyncRun, SyncRuns

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
