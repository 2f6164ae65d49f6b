"""Which problems an operation of the API answers with, beside input that cannot be used and what nobody foresaw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsunagi.app.access.faces import ADMINISTRATOR, ROUTES
from tsunagi.errors import TsunagiError
from tsunagi.http.errors import status_of_kind

PREFIX = "urn:tsunagi:problem:"
# Who administers the CRM is asked of the CRM itself.
_CRM = "NotConnected ServiceUnavailable ConfigError"
_SERVICE = "NotConnected ServiceOff AuthenticationFailed AccessRefused RateLimited ServiceUnavailable BrokenAnswer"
_CHOSEN = "OrganizationUnclear Incompatible NotOffered InvalidInput"
_WRITTEN = f"{_SERVICE} DocumentInvalid RecordRejected RecordUnusable KeyInvalid KeyReused OutcomeUnknown"
# By operation, or by the beginning of several.
_FURTHER = {
    "notifications_receive": "NotHere NotificationForged NotificationRejected PluginError",
    "accounts_list_accounts": "NotOffered",
    "accounts_export_accounts": "NotOffered",
    "records_list_": "NotOffered",
    "records_export_": "NotOffered",
    "document_lists_": "ConfigError NotOffered",
    "document_forms_read_": "DocumentInvalid NotConnected ServiceOff",
    "document_forms_create": f"{_WRITTEN} FirstSyncPending",
    "document_forms_edit": f"{_WRITTEN} StaleRecord ChangeNotKept",
    "document_forms_preview": "DocumentInvalid RecordUnusable",
    "documents_read_pdf": f"{_SERVICE} RecordNotFound",
    "documents_read_recipients": f"{_SERVICE} RecordNotFound",
    "documents_send": f"{_SERVICE} RecordNotFound RecordRejected PerhapsMailed",
    "documents_refresh": "NotConnected ServiceOff",
    "sync_runs_": "ConfigError",
    "sync_runs_begin_run": "FirstSyncPending NotConnected ServiceOff",
    "plans_": "NoSuchPlan",
    "plans_make_plan": "InvalidInput RuleFileError ConfigError NotConnected",
    "plans_apply_plan": "NotApplicable PlanOvertaken FirstSyncPending SyncRefused",
    "sync_pairs_change_pair": "FileRefused ValueRefused ConfigError",
    "sync_pairs_try_pair": f"{_SERVICE} InvalidInput",
    "sync_pairs_answer_question": "InvalidInput",
    "sync_pairs_read_reconciliation": "InvalidInput",
    "connections_discover": f"{_SERVICE} {_CHOSEN}",
    "connections_provision": f"{_SERVICE} {_CHOSEN}",
    "connections_connect": f"{_SERVICE} {_CHOSEN}",
    "connections_connect_with_key": f"{_SERVICE} {_CHOSEN} KeyRefused",
    "connections_issue": f"{_SERVICE} KeyRefused ConfigError",
    "connections_revoke": "ConfigError NotConfirmed",
    "services_list_features": "NotConnected",
    "services_consequences": "NotConnected",
    "services_disable": "NotConfirmed",
    "services_disable_everything": "EverythingNotConfirmed",
    "services_enable": "CredentialsTakenBack Incompatible",
    "services_forget": "NotConfirmed",
    "currencies_": f"{_SERVICE} ConfigError",
    "people_create": "ConfigError",
    "people_read_effective": "InvalidInput",
    "people_read_why_denied": "InvalidInput",
    "rule_trials_": "InvalidInput ConfigError FileNameInvalid",
    "rule_trials_foresee_backfill": "FirstSyncPending",
    "rule_trials_begin_backfill": "FirstSyncPending",
    "editor_": "FileNameInvalid",
    "widgets_create": "RecordNotFound",
    "files_write_": "FileRefused RuleFileError",
    "files_change_": "FileRefused RuleFileError",
    "files_remove_": "FileRefused RuleFileError",
    "files_change_rule_file": "ValueRefused",
    "files_change_matrix": "CellsRefused",
    "open_items_": "InvalidInput ConfigError",
}
_REQUIRE_STATE = "files_"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem (its name behind PREFIX), the status it answers with, and what it means."""

    name: str
    status: int
    meaning: str


def catalogue() -> Mapping[str, ProblemType]:
    """Every type that is known to this process, by name."""
    kinds = {each.__name__: each for each in _descendants(TsunagiError)}
    return {
        name: ProblemType(name, int(status_of_kind(kind)), (kind.__doc__ or "").strip().split("\n\n", 1)[0])
        for name, kind in sorted(kinds.items())
    }


def permission_of(operation: Mapping[str, Any]) -> str:
    """What the operation asks of a person, as `faces` declares it."""
    return _PERMISSIONS.get(operation["operationId"], "")


def problems_of(path: str, operation: Mapping[str, Any]) -> Sequence[str]:
    """The names of the types, in alphabetical order."""
    general = _general(path, operation) if "security" in operation else ()
    return sorted({*general, *_further(operation["operationId"])})


def _further(id: str) -> Iterator[str]:
    for beginning, names in _FURTHER.items():
        if id == beginning or (beginning.endswith("_") and id.startswith(beginning)):
            yield from names.split()


def _general(path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    yield from ("NotSignedIn", "PermissionDenied", "TooManyTries")
    if permission_of(operation) == ADMINISTRATOR:
        yield from _CRM.split()
    if "{file}" in path:
        yield from ("NoSuchFile", "FileNameInvalid")
    elif "{" in path:
        yield "NotHere"
    if "Idempotency-Key" in headers:
        yield "KeyInUse"
    if "If-Match" in headers:
        yield "PreconditionFailed"
        if operation["operationId"].startswith(_REQUIRE_STATE):
            yield "PreconditionRequired"
    if any(each["name"] == "after" for each in operation.get("parameters", ())):
        yield "InvalidInput"


_PERMISSIONS = {name.removeprefix("api.").replace(":", "_"): asked for name, asked in ROUTES.items()}


def _descendants(kind: type[TsunagiError]) -> Iterator[type[TsunagiError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("tsunagi."):
            yield each
            yield from _descendants(each)
