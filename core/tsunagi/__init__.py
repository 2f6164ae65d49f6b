"""Tsunagi: a bridge between a CRM and the finance services a company bills and spends with.

Everything a plugin author needs is imported from here; the rest of the package is private.
"""

import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tsunagi.plugin_api import *  # noqa: F403 - the names are listed there

# All that a plugin needs for a command of its own, which must not load the rest each time help is shown.
_LIGHT = {
    "CONTRACT": "tsunagi.hookspecs",
    "ConfigError": "tsunagi.errors",
    "Text": "tsunagi.text",
    "TsunagiError": "tsunagi.errors",
    "hookimpl": "tsunagi.hookspecs",
}

# Names of earlier versions: they work, with a warning that says the new one.
_RENAMED = {"Desk": "ActionContext"}


def __getattr__(name: str) -> Any:
    """A name of the public API with its first use: a command such as `tsunagi --help` needs none of them."""
    # `from tsunagi import module` asks here before it imports one, and the interpreter for names such as __path__.
    if name != "__all__" and (name.startswith("_") or find_spec(f"tsunagi.{name}")):
        raise AttributeError(f"module 'tsunagi' has no attribute {name!r}")
    if name in _LIGHT:
        return getattr(import_module(_LIGHT[name]), name)
    api = import_module("tsunagi.plugin_api")
    if name in _RENAMED:
        now = _RENAMED[name]
        warnings.warn(f"tsunagi.{name} is now tsunagi.{now}", DeprecationWarning, stacklevel=2)
        return getattr(api, now)
    if name != "__all__" and name not in api.__all__:
        raise AttributeError(f"module 'tsunagi' has no attribute {name!r}")
    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module("tsunagi.plugin_api").__all__})
