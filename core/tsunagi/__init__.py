"""Tsunagi: a bridge between a CRM and the finance services a company bills and spends with.

Everything a plugin author needs is imported from here; the rest of the package is private.
"""

import warnings

from tsunagi.domain.actions import Action, ActionCall, ActionContext, OutsideWrite, PlannedWrite
from tsunagi.domain.compatibility import Compatibility, FinanceSide, Finding, Severity, SupportRequest
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
from tsunagi.domain.panels import OwnDocuments, Panel
from tsunagi.domain.plans import Edition, MultiCurrency, Plans, ServicePlan
from tsunagi.domain.rates import Rate, RateDirection
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ChangeNotKept,
    ConfigError,
    ConnectorError,
    NotConnected,
    NotificationRejected,
    OutcomeUnknown,
    PermissionDenied,
    PluginError,
    RateInvalid,
    RateLimited,
    RecordNotFound,
    RecordRejected,
    RecordUnusable,
    RuleFileError,
    ServiceOff,
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
    "ActionContext",
    "ApiCall",
    "AuthenticationFailed",
    "BrokenAnswer",
    "Capabilities",
    "ChangeNotKept",
    "Codec",
    "Compatibility",
    "ConfigError",
    "Conflict",
    "ConflictPolicy",
    "Connector",
    "ConnectorContext",
    "ConnectorError",
    "ConnectorType",
    "Cursor",
    "Direction",
    "Directory",
    "Document",
    "Edition",
    "EntityType",
    "Event",
    "Feature",
    "FieldMap",
    "FieldSpec",
    "Fields",
    "FinanceSide",
    "Finding",
    "Limits",
    "Mail",
    "Mailing",
    "Mapping",
    "Moment",
    "Money",
    "MultiCurrency",
    "NewOrganization",
    "NewRecord",
    "NotConnected",
    "Notification",
    "NotificationRejected",
    "Organization",
    "OutcomeUnknown",
    "OutsideWrite",
    "OwnDocuments",
    "Page",
    "PairEnd",
    "Panel",
    "PermissionDenied",
    "Person",
    "PlannedWrite",
    "Plans",
    "PluginError",
    "Printed",
    "Printing",
    "Rate",
    "RateDirection",
    "RateInvalid",
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
    "ServiceOff",
    "ServicePlan",
    "ServiceUnavailable",
    "Severity",
    "StaleRecord",
    "StatusLabel",
    "Subscription",
    "SupportRequest",
    "SyncPair",
    "SyncRefused",
    "Text",
    "TsunagiError",
    "Value",
    "hookimpl",
    "minor_digits",
]

_RENAMED = {"Desk": ActionContext}


def __getattr__(name: str) -> type[ActionContext]:
    """Names of earlier versions: they work, with a warning that says the new one."""
    if name in _RENAMED:
        now = _RENAMED[name]
        warnings.warn(f"tsunagi.{name} is now tsunagi.{now.__name__}", DeprecationWarning, stacklevel=2)
        return now
    raise AttributeError(f"module 'tsunagi' has no attribute '{name}'")
