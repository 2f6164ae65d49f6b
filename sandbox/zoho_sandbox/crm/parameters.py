"""Query parameters that many CRM calls share."""

from zoho_sandbox.calls import Call, Refusal, Refused
from zoho_sandbox.crm.errors import invalid_module, invalid_parameter, missing_parameter, refuse, refused
from zoho_sandbox.crm.fields import ModuleInfo, module_info
from zoho_sandbox.crm.times import parsed

MAX_PER_PAGE = 200
_MAX_FIELDS = 50
# First segments of other calls: a path below them that is not served is no misspelt module.
_NO_MODULES = {"settings", "org", "users", "actions", "coql"}


def module_of(call: Call) -> ModuleInfo:
    """The module a path or the `module` parameter names; refuses the call otherwise."""
    name = call.path.get("module") or call.query.get("module")
    if not name:
        raise missing_parameter("module")
    info = module_info(call.sandbox, name)
    if info is None and name in _NO_MODULES:
        raise Refused(refuse(Refusal(reason="not_found", status=404)))
    if info is None:
        raise invalid_module(name)
    return info


def number(call: Call, name: str, default: int, highest: int | None = None) -> int:
    text = call.query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= (highest or int(text)):
        raise invalid_parameter(name)
    return int(text)


def paging(call: Call) -> tuple[int, int]:
    """`page` and `per_page`."""
    return number(call, "page", 1), number(call, "per_page", MAX_PER_PAGE, MAX_PER_PAGE)


def fields(call: Call, *, mandatory: bool) -> list[str] | None:
    """The names in `fields`; None where the parameter is absent and may be."""
    text = call.query.get("fields", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        if mandatory:
            raise missing_parameter("fields")
        return None
    if len(names) > _MAX_FIELDS:
        raise too_many("fields", _MAX_FIELDS)
    return names


def too_many(name: str, limit: int) -> Refused:
    return refused("LIMIT_EXCEEDED", "Max field limit exceeded", {"param_name": name, "limit": limit})


def modified_since(call: Call) -> int | None:
    """`If-Modified-Since` as whole epoch seconds."""
    text = call.headers.get("if-modified-since")
    if text is None:
        return None
    seconds = parsed(text)
    if seconds is None:
        raise refused("INVALID_DATA", "invalid data", {"param_name": "If-Modified-Since"})
    return int(seconds)


def ids(call: Call, *, mandatory: bool) -> list[str]:
    """The record ids in `ids`, at most 100."""
    given = [text.strip() for text in call.query.get("ids", "").split(",") if text.strip()]
    if mandatory and not given:
        raise missing_parameter("ids")
    if len(given) > 100:
        raise too_many("ids", 100)
    return given
