"""Checks recorded exchanges against the vendor's OpenAPI files."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from billing_deviations import BILLING_DEVIATIONS
from jsonschema import ValidationError, validators
from oas_deviations import DEVIATIONS, ERROR_SCHEMAS, GATEWAY_STATUSES, recorded_deviations
from oas_documents import BILLING, BOOKS, CRM, Documents, Operation
from openapi_schema_validator import OAS30Validator

# Exchanges are told apart by the shape of their bodies; a list shows at most this many shapes of items.
_ITEMS = 5
# The sandbox's own calls: the vendor has none of them.
_CONTROLS = "sandbox"
_EXCUSED = DEVIATIONS + BILLING_DEVIATIONS
# Members whose very value belongs to the shape: the documents enumerate them.
_TELLING = frozenset({"code", "status", "message", "action", "forecast_type", "operation"})


@dataclass(frozen=True)
class Violation:
    """Something an exchange has that the documents do not."""

    service: str
    operation: str
    where: str
    keyword: str
    detail: str

    def __str__(self) -> str:
        return f"{self.service} {self.operation}: {self.where or 'request'}: {self.keyword}: {self.detail}"


@dataclass
class Report:
    """What a check found: how much it read, and the violations nobody has excused, with how often.

    `unchecked` counts the exchanges of services that have no documents.
    """

    exchanges: int = 0
    unchecked: Counter[str] = field(default_factory=Counter)
    shapes: int = 0
    violations: dict[Violation, int] = field(default_factory=dict)


def check_folder(logs: Path, documents: Documents) -> Report:
    """Check every exchange in the `*.jsonl` files of a folder."""
    report = Report()
    known = recorded_deviations(documents.folder)
    seen: set[str] = set()
    for file in sorted(logs.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                _check_line(line, documents, report, seen, known)
    return report


def _check_line(
    line: str, documents: Documents, report: Report, seen: set[str], known: frozenset[tuple[str, ...]]
) -> None:
    exchange = json.loads(line)
    if exchange["status"] == 0 or exchange["service"] == _CONTROLS:
        return
    if exchange["service"] not in (CRM, BOOKS, BILLING):
        report.unchecked[exchange["service"]] += 1
        return
    if "status" in exchange["faults"]:
        return  # a test made this answer up
    report.exchanges += 1
    exchange["response"] = _pruned(exchange["response"])
    signature = repr(
        (
            exchange["method"],
            exchange["service"],
            exchange["route"],
            exchange["status"],
            sorted(exchange["query"]),
            _shape(exchange["response"]),
        )
    )
    if signature in seen:
        return
    seen.add(signature)
    report.shapes += 1
    for violation, recorded in violations(exchange, documents):
        excused = recorded in known or any(deviation.covers(violation) for deviation in _EXCUSED)
        if not excused:
            report.violations[violation] = report.violations.get(violation, 0) + 1


def violations(exchange: Mapping[str, Any], documents: Documents) -> Iterator[tuple[Violation, tuple[str, ...]]]:
    """All that is undocumented in an exchange, each with its key in the recorded deviations."""
    service, status = exchange["service"], exchange["status"]
    operation = documents.find(service, exchange["method"], exchange["path"])
    if operation is None:
        refused = _refuses_method(exchange) or "INVALID_REQUEST_METHOD" in str(exchange["response"])
        if status not in (404, 405) and not refused:
            yield Violation(service, f"{exchange['method']} {exchange['route']}", "", "operation", "unknown"), ()
        return
    if status < 400:
        undocumented = (n for n in exchange["query"] if not documents.documents_query(operation, n))
        for name in sorted(undocumented):
            yield Violation(service, operation.name, "", "query", name), ()
    for error, where in _errors(operation, exchange, documents):
        yield _described(operation, error, where), _key(operation, error, where)
    if status not in GATEWAY_STATUSES[service] and operation.response(status) is None:
        yield Violation(service, operation.name, "", "status", str(status)), ()


def _refuses_method(exchange: Mapping[str, Any]) -> bool:
    """The finance services answer 400, code 37, where a path has no such method."""
    body = exchange["response"]
    return exchange["status"] == 400 and isinstance(body, dict) and body.get("code") == 37


def _errors(
    operation: Operation, exchange: Mapping[str, Any], documents: Documents
) -> Iterator[tuple[ValidationError, str]]:
    schema = _schema(operation, exchange["status"], documents)
    if schema is None or exchange["response"] is None:
        return
    validator = _Validator(schema, registry=documents.registry)
    for error in validator.iter_errors(exchange["response"]):
        for leaf in _leaves(error):
            yield leaf, _where(leaf)


def _schema(operation: Operation, status: int, documents: Documents) -> dict[str, Any] | None:
    response = operation.response(status)
    if response is None and status in GATEWAY_STATUSES[operation.service]:
        return ERROR_SCHEMAS[operation.service]
    if response is None and operation.service == CRM:
        # The files know one status for records; bodies of the others have the same shapes.
        status, response = 200, operation.response(200)
    if response is None:
        return None
    pointer = f"/paths/{_escaped(operation.template)}/{operation.method.lower()}/responses/{status}"
    if "$ref" in response:
        response, base = documents.resolved(operation.file, response), response["$ref"]
        pointer = base.partition("#")[2] if base.startswith("#") else ""
    content = response.get("content", {}).get("application/json", {})
    if "schema" not in content:
        return None
    return {"$ref": f"http://oas/{operation.file}#{pointer}/content/application~1json/schema"}


def _escaped(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _one_of_is_any_of(validator: Any, one_of: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """The alternatives overlap in the vendor's files (hardly a key is required), so one match is enough."""
    branches = []
    for index, alternative in enumerate(one_of):
        errors = list(validator.descend(instance, alternative, schema_path=index))
        if not errors:
            return
        branches.append(errors)
    yield from min(branches, key=_badness)


def _badness(errors: list[ValidationError]) -> tuple[int, int]:
    # A branch for another kind of object fails by lacking its required members.
    return sum(error.validator == "required" for error in errors), len(errors)


_Validator = validators.extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    OAS30Validator, {"oneOf": _one_of_is_any_of, "anyOf": _one_of_is_any_of}
)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    if not error.context:
        yield error
        return
    for inner in error.context:
        yield from _leaves(inner)


def _where(error: ValidationError) -> str:
    return ".".join("[]" if isinstance(part, int) else part for part in error.absolute_path)


def _described(operation: Operation, error: ValidationError, where: str) -> Violation:
    if error.validator == "required":
        detail = error.message.split("'")[1]
    elif error.validator == "type":
        detail = f"{error.validator_value} expected, {_type(error.instance)} found"
    else:
        detail = error.message[:160]
    return Violation(operation.service, operation.name, where, str(error.validator), detail)


def _key(operation: Operation, error: ValidationError, where: str) -> tuple[str, ...]:
    file = operation.file.partition("/")[2]
    return (file, operation.template, where, str(error.validator), str(error.validator_value), _type(error.instance))


def _type(value: Any) -> str:
    return type(value).__name__


def _pruned(value: Any) -> Any:
    """The body with lists cut to a few items of different shapes: thousands of like items teach nothing."""
    if isinstance(value, dict):
        return {name: _pruned(member) for name, member in value.items()}
    if isinstance(value, list):
        kinds: dict[str, Any] = {}
        for item in value:
            kinds.setdefault(repr(_shape(item)), item)
            if len(kinds) == _ITEMS:
                break
        return [_pruned(item) for item in kinds.values()]
    return value


def _shape(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _shape(member, key)) for key, member in value.items()))
    if isinstance(value, list):
        return ("list", *sorted({repr(_shape(item)) for item in value[: _ITEMS * 4]}))
    if name in _TELLING and isinstance(value, str):
        return value
    return _type(value)
