"""The vendor's OpenAPI files: which operation a request is, and the schema of its answers."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

CRM, BOOKS, BILLING = "crm", "books", "billing"
# The finance services' paths in the files start after these; their files lie in a folder named so, with a table.
_PREFIXES = {BOOKS: ("/books/v3",), BILLING: ("/billing/v1", "/subscriptions/v1")}
_FOLDERS = {BOOKS: "books-v3", BILLING: "billing-v1"}
# Books describes these in the text of a parameter instead of listing each.
_VARIANTS = frozenset(
    {
        "startswith",
        "contains",
        "start",
        "end",
        "before",
        "after",
        "less_than",
        "less_equals",
        "greater_than",
        "greater_equals",
    }
)
_PARAMETER = re.compile(r"\{[^}]+\}")


@dataclass(frozen=True)
class Operation:
    """A documented operation: its file, template, and the query parameters it names."""

    service: str
    file: str
    method: str
    template: str
    definition: Mapping[str, Any]
    query: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def file_is_named_like_path(self) -> bool:
        return Path(self.file).stem.startswith(self.template.split("/")[1].rstrip("s"))

    def response(self, status: int) -> Any:
        return self.definition["responses"].get(str(status))


class Documents:
    """All files of one service under `folder`, read when first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parsed: dict[str, Any] = {}
        # The class spells the argument `_retrieve` and takes it as `retrieve`, which mypy cannot know.
        self.registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]

    def document(self, name: str) -> Any:
        """A parsed file, named as `crm-v8/record.json`."""
        if name not in self._parsed:
            text = (self.folder / name).read_text(encoding="utf-8")
            # JSON is YAML too, but this reader is many times faster for it.
            self._parsed[name] = json.loads(text) if name.endswith(".json") else _yaml(text)
        return self._parsed[name]

    def _retrieve(self, uri: str) -> Resource[Any]:
        return Resource.opaque(self.document(uri.removeprefix("http://oas/")))

    def find(self, service: str, method: str, path: str) -> Operation | None:
        """The operation whose template matches with the fewest parameters.

        Two files may describe one path (debit notes are invoices too): the one named like the path counts, else the
        fuller one.
        """
        for prefix in _PREFIXES.get(service, ()):
            path = path.removeprefix(prefix) if path.startswith(prefix + "/") else path
        matching = [
            (len(_PARAMETER.findall(template)), operation)
            for pattern, file, template in self._templates[service]
            if pattern.fullmatch(path) and (operation := self._operation(service, file, method, template))
        ]
        if not matching:
            return None

        def rank(found: tuple[int, Operation]) -> tuple[int, bool, int]:
            parameters, operation = found
            return parameters, not operation.file_is_named_like_path, -len(operation.query)

        return min(matching, key=rank)[1]

    def _operation(self, service: str, file: str, method: str, template: str) -> Operation | None:
        item = self.document(file)["paths"][template]
        definition = item.get(method.lower())
        if definition is None:
            return None
        parameters = [*item.get("parameters", ()), *definition.get("parameters", ())]
        named = [self._parameter(file, parameter) for parameter in parameters]
        query = frozenset(p["name"] for p in named if p.get("in") == "query")
        return Operation(service, file, method, template, definition, query)

    def documents_query(self, operation: Operation, name: str) -> bool:
        """Whether a query parameter is named, or is a variant (`date_start`) of one that is."""
        return name in operation.query or any(
            name.startswith(f"{known}_") and name.removeprefix(f"{known}_") in _VARIANTS for known in operation.query
        )

    def _parameter(self, file: str, node: Any) -> Any:
        """A parameter; empty where the file refers to one it does not have."""
        try:
            return self.resolved(file, node)
        except Unresolvable:
            return {}

    def resolved(self, file: str, node: Any) -> Any:
        """A node, or what its `$ref` points at."""
        if "$ref" not in node:
            return node
        return self.registry.resolver(f"http://oas/{file}").lookup(node["$ref"]).contents

    @cached_property
    def _templates(self) -> dict[str, list[tuple[re.Pattern[str], str, str]]]:
        found = {CRM: list(self._crm_templates())}
        found |= {service: list(self._finance_templates(folder)) for service, folder in _FOLDERS.items()}
        return {
            service: [(_pattern(template), file, template) for file, template in pairs]
            for service, pairs in found.items()
        }

    def _crm_templates(self) -> Iterator[tuple[str, str]]:
        for file in sorted((self.folder / "crm-v8").glob("*.json")):
            name = f"crm-v8/{file.name}"
            yield from ((name, template) for template in self.document(name).get("paths", {}))

    def _finance_templates(self, folder: str) -> Iterator[tuple[str, str]]:
        # The table spares reading three megabytes of YAML to find one path.
        table = (self.folder / f"{folder}-endpoints.tsv").read_text(encoding="utf-8")
        rows = [line.split("\t") for line in table.splitlines() if line]
        # A template that begins with a parameter (custom modules) would make every path a known one.
        yield from dict.fromkeys((f"{folder}/{row[0]}", row[2]) for row in rows if not row[2].startswith("/{"))


def _yaml(text: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)


def _pattern(template: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in _PARAMETER.split(template)]
    return re.compile("[^/]+".join(literal))
