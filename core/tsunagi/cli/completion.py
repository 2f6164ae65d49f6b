"""What a shell may complete: services and their features, as the plugins bring them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from tsunagi.errors import ConfigError

if TYPE_CHECKING:
    from tsunagi.registry import Registry


def service_names(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Services that were not named yet."""
    named = context.params.get("services") or ()
    return (name for name in _registry(context).connectors if name.startswith(incomplete) and name not in named)


def feature_names(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Features of the service that was named before."""
    kind = _registry(context).connectors.get(context.params.get("service", ""))
    features = kind.features if kind else ()
    return (each.name for each in features if each.name.startswith(incomplete))


def _registry(context: typer.Context) -> "Registry":
    """Without a word, whatever is wrong: nothing may be written beside the answer to a shell."""
    from tsunagi.cli.invocation import Invocation
    from tsunagi.logging import configure
    from tsunagi.plugin_loading import load_plugins
    from tsunagi.registry import Registry

    try:
        disabled = Invocation.of_parameters(context.find_root().params).settings().disabled_plugins
    except ConfigError:
        return Registry()
    configure("ERROR")
    return load_plugins(disabled=disabled).registry
