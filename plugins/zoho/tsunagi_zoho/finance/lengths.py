"""Texts that are too long for a service are refused here, all at once and by our own field names."""

from collections.abc import Mapping

from tsunagi import Fields, RecordRejected, Text


def check_lengths(service: str, entity: str, fields: Fields, limits: Mapping[str, int]) -> None:
    """Raises RecordRejected naming each field that is longer than the service takes (in characters)."""
    long = {name: len(str(fields[name])) for name in limits if fields.get(name) is not None}
    problems = {
        name: f"at most {limits[name]} characters, got {length}"
        for name, length in long.items()
        if length > limits[name]
    }
    if not problems:
        return
    named = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
    japanese = "; ".join(f"{name}: {limits[name]}文字まで({long[name]}文字)" for name in problems)
    raise RecordRejected(
        Text(
            en=f"{service} cannot take this {entity}: {named}.",
            ja=f"{service} に登録できない{entity}です: {japanese}",
        ),
        service=service,
        problems=problems,
    )


def require(service: str, entity: str, field: str, value: object) -> str:
    """The value as text; raises RecordRejected where it is empty."""
    text = "" if value is None else str(value).strip()
    if text:
        return text
    raise RecordRejected(
        Text(
            en=f"{service} cannot take a {entity} without {field}.",
            ja=f"{service} では {entity} に {field} が必要です。",
        ),
        service=service,
        problems={field: "is empty, a text is needed"},
    )
