"""How the standard fields are written down: name, data type and what makes a field special."""

# Field name, data type and, where it has any, what makes it special. `*` marks a mandatory field, `!` a read-only one.
Spec = tuple[str, str, dict[str, object]]


def text(*names: str, kind: str = "text", **more: object) -> list[Spec]:
    return [(name, kind, dict(more)) for name in names]


def pick(name: str, choices: tuple[str, ...]) -> Spec:
    return (name, "picklist", {"choices": choices, "length": 120})


def address(prefix: str, code: str = "Code") -> list[Spec]:
    return text(*(f"{prefix}_{part}" for part in ("Street", "City", "State", code, "Country")))


ADDRESSES = [*address("Billing"), *address("Shipping")]
PHONE_LENGTH = 30
