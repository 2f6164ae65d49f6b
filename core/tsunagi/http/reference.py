"""The description of the API as people read it: operations by tag, with what they take, answer and refuse."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tsunagi.http.problem_types import ProblemType, catalogue

# How deep fields within fields are listed.
_DEPTH = 4
_EXAMPLES = {
    "entity": "invoice",
    "user": "hanako@example.com",
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:00:00Z",
    "email": "hanako@example.com",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, or a field of a body by its path (`items[].id`); `type` in the words of JSON Schema."""

    name: str
    type: str
    required: bool
    about: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`media` is empty where nothing is sent with it."""

    status: str
    about: str
    media: str
    fields: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Operation:
    """`id` names its place on the page; `permission` is as `faces` declares it."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    permission: str
    parameters: Sequence[Value]
    body: Sequence[Value]
    body_example: str
    answers: Sequence[Answer]
    problems: Sequence[ProblemType]
    example: str

    def has(self, words: Sequence[str]) -> bool:
        """Does it have all these words, in whatever it is called by?"""
        named = (each.name for each in (*self.parameters, *self.body))
        text = " ".join((self.method, self.path, self.summary, self.about, *named, *(p.name for p in self.problems)))
        return all(word.casefold() in text.casefold() for word in words)


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag; `slug` is its part of an address."""

    name: str
    slug: str
    about: str
    operations: Sequence[Operation]


def groups(description: Mapping[str, Any], service: str = "SERVICE") -> list[Group]:
    """By tag, in the order of the tags, from an OpenAPI 3.1 document; examples name this service."""
    reader = _Reader(description, service)
    found = [reader.operation(path, method, each) for path, method, each in _operations(description)]
    tags = {each["operationId"]: each["tags"][0] for _, _, each in _operations(description)}
    return [
        Group(
            tag["name"],
            tag["name"].replace(" ", "-"),
            tag["description"],
            [each for each in found if tags[each.id] == tag["name"]],
        )
        for tag in description["tags"]
    ]


def _operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


class _Reader:
    def __init__(self, description: Mapping[str, Any], service: str) -> None:
        self._examples = {**_EXAMPLES, "service": service}
        self._schemas: Mapping[str, Any] = description["components"]["schemas"]
        self._problems = catalogue()

    def operation(self, path: str, method: str, given: Mapping[str, Any]) -> Operation:
        parameters = [self._parameter(each) for each in given.get("parameters", ())]
        body = given.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        example = json.dumps(self.example(body), ensure_ascii=False, indent=2) if body else ""
        return Operation(
            id=given["operationId"],
            method=method.upper(),
            path=path,
            summary=given["summary"],
            about=given.get("description", ""),
            permission=given.get("x-permission", ""),
            parameters=parameters,
            body=list(self._fields(body)) if body else [],
            body_example=example,
            answers=[self._answer(status, each) for status, each in given["responses"].items() if status != "4XX"],
            problems=[self._problems[name] for name in given.get("x-problems", ())],
            example=self._curl(path, method, given, example),
        )

    def _parameter(self, given: Mapping[str, Any]) -> Value:
        schema = given["schema"]
        about = given.get("description") or schema.get("description", "")
        return Value(given["name"], self._type(schema), given.get("required", False), about, given["in"])

    def _answer(self, status: str, given: Mapping[str, Any]) -> Answer:
        content: Mapping[str, Any] = given.get("content", {})
        media = next(iter(content), "")
        about = "" if given["description"] == "Successful Response" else given["description"]
        schema = content[media].get("schema", {}) if media else {}
        return Answer(status, about, media, list(self._fields(schema)))

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Where a schema refers to another one, or is one or null, that one."""
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            found: Mapping[str, Any] = self._schemas[name]
            return found
        several = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        return self._resolved(several[0]) if len(several) == 1 else schema

    def _fields(self, schema: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[Value]:
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema.get("items", {}), f"{path}[]", depth)
            return
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            here = f"{path}.{name}".lstrip(".")
            about = each.get("description") or self._resolved(each).get("description", "")
            yield Value(here, self._type(each), name in required, about.split("\n\n")[0])
            if depth + 1 < _DEPTH:
                yield from self._fields(each, here, depth + 1)

    def _type(self, schema: Mapping[str, Any]) -> str:
        if "anyOf" in schema:
            return " | ".join(dict.fromkeys(self._type(each) for each in schema["anyOf"]))
        schema = self._resolved(schema)
        if "enum" in schema:
            return " | ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
        if "const" in schema:
            return json.dumps(schema["const"], ensure_ascii=False)
        kind = str(schema.get("type", "any"))
        if kind == "array":
            return f"array of {self._type(schema.get('items', {}))}"
        more = schema.get("additionalProperties")
        if kind == "object" and isinstance(more, Mapping) and more:
            return f"object of {self._type(more)}"
        return f"{kind} ({schema['format']})" if "format" in schema else kind

    def example(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        """A value that fits: the first example there is, else one made of what is required."""
        if schema.get("examples"):
            return schema["examples"][0]
        schema = self._resolved(schema)
        for known in ("examples", "enum"):
            if schema.get(known):
                return schema[known][0]
        if "const" in schema or schema.get("default") is not None:
            return schema.get("const", schema.get("default"))
        return self._made(schema, name, depth)

    def _made(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match schema.get("type"):
            case "object" if depth < _DEPTH:
                fields = schema.get("properties", {})
                chosen = [each for each in fields if each in schema.get("required", ())]
                return {each: self.example(fields[each], each, depth + 1) for each in chosen}
            case "object":
                return {}
            case "array":
                return [self.example(schema.get("items", {}), name, depth + 1)] if depth < _DEPTH else []
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case _:
                return _EXAMPLES.get(schema.get("format", "")) or self._examples.get(name, name.upper() or "TEXT")

    def _curl(self, path: str, method: str, given: Mapping[str, Any], body: str) -> str:
        """To be copied into a shell that knows HUB and TOKEN."""
        query = []
        for each in given.get("parameters", ()):
            example = str(self.example(each["schema"], each["name"]))
            if each["in"] == "path":
                path = path.replace("{" + each["name"] + "}", _path_example(each, example))
            elif each["in"] == "query" and each.get("required"):
                query.append(f"{each['name']}={example}")
        verb = "" if method == "get" else f"-X {method.upper()} "
        asked = f"?{'&'.join(query)}" if query else ""
        parts = [f'curl {verb}"$HUB{path}{asked}"']
        if "security" in given:
            parts.append('-H "Authorization: Bearer $TOKEN"')
        parts += [f"-H {shlex.quote(each)}" for each in _headers(given)]
        if body:
            line = json.dumps(json.loads(body), ensure_ascii=False)
            parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(line)}"]
        return " \\\n  ".join(parts)


def _path_example(parameter: Mapping[str, Any], example: str) -> str:
    """Descriptions of parameters say `such as X` where they know one."""
    _, _, such = parameter.get("description", "").partition("such as ")
    return such.split()[0].rstrip(",;") if such else example


def _headers(given: Mapping[str, Any]) -> Iterator[str]:
    known = {each["name"] for each in given.get("parameters", ()) if each["in"] == "header"}
    if "If-Match" in known:
        yield 'If-Match: "ETAG"'
    if "Idempotency-Key" in known:
        yield "Idempotency-Key: 7f9c2ba4"
