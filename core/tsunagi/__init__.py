"""Tsunagi: a bridge between a CRM and the finance services a company bills and spends with.

Everything a plugin author needs is imported from here; the rest of the package is private.
"""

from tsunagi.domain.actions import Action, ActionCall, Desk, OutsideWrite
from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.connector import (
    ApiCall,
    Capabilities,
    Connector,
    ConnectorContext,
    ConnectorType,
    Cursor,
    Feature,
    Limits,
    NewOrganization,
    NewRecord,
    Organization,
    Page,
    RateLimiter,
    SecretBox,
)
from tsunagi.domain.directory import Directory, Person
from tsunagi.domain.documents import DOCUMENT_FIELDS, Document, StatusLabel
from tsunagi.domain.entities import EntityType, FieldSpec, Moment
from tsunagi.domain.events import Event
from tsunagi.domain.mail import Mail, Mailing, Printed, Printing
from tsunagi.domain.mapping import AS_IS, EMAIL, TEXT, Codec, Direction, FieldMap, Mapping, PairEnd, SyncPair
from tsunagi.domain.money import Money, minor_digits
from tsunagi.domain.notifications import Notification, Subscription
from tsunagi.domain.panels import Panel
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConfigError,
    ConnectorError,
    NotConnected,
    NotificationRejected,
    OutcomeUnknown,
    PermissionDenied,
    PluginError,
    RateLimited,
    RecordNotFound,
    RecordRejected,
    RecordUnusable,
    RuleFileError,
    ServiceUnavailable,
    StaleRecord,
    SyncRefused,
    TsunagiError,
)
from tsunagi.hookspecs import CONTRACT, hookimpl
from tsunagi.text import Text

__all__ = [
    "AS_IS",
    "CONTRACT",
    "DOCUMENT_FIELDS",
    "EMAIL",
    "TEXT",
    "AccessRefused",
    "Action",
    "ActionCall",
    "ApiCall",
    "AuthenticationFailed",
    "BrokenAnswer",
    "Capabilities",
    "Codec",
    "ConfigError",
    "Conflict",
    "ConflictPolicy",
    "Connector",
    "ConnectorContext",
    "ConnectorError",
    "ConnectorType",
    "Cursor",
    "Desk",
    "Direction",
    "Directory",
    "Document",
    "EntityType",
    "Event",
    "Feature",
    "FieldMap",
    "FieldSpec",
    "Fields",
    "Limits",
    "Mail",
    "Mailing",
    "Mapping",
    "Moment",
    "Money",
    "NewOrganization",
    "NewRecord",
    "NotConnected",
    "Notification",
    "NotificationRejected",
    "Organization",
    "OutcomeUnknown",
    "OutsideWrite",
    "Page",
    "PairEnd",
    "Panel",
    "PermissionDenied",
    "Person",
    "PluginError",
    "Printed",
    "Printing",
    "RateLimited",
    "RateLimiter",
    "Record",
    "RecordNotFound",
    "RecordRef",
    "RecordRejected",
    "RecordUnusable",
    "Resolution",
    "RuleFileError",
    "SecretBox",
    "ServiceUnavailable",
    "StaleRecord",
    "StatusLabel",
    "Subscription",
    "SyncPair",
    "SyncRefused",
    "Text",
    "TsunagiError",
    "Value",
    "hookimpl",
    "minor_digits",
]
