"""Plugins that fail while the hub runs, on the standing list until they succeed or a person settles it."""

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import PLUGIN_FAILED
from tsunagi.app.open_items.reporting import Trouble, report_all, resolve
from tsunagi.plugin_hooks import HookFailure
from tsunagi.store.open_items import OpenItem, OpenItems

PLUGIN = "plugin"


def report_hooks(context: Context, session: Session) -> None:
    """Keep what plugins did since this was last called; in whatever transaction comes next."""
    changes = context.hooks.failures.take_changes()
    failed = [_trouble(failure) for failure in changes.values() if failure is not None]
    if failed:
        report_all(context, session, failed)
    mended = [_key(*which) for which, failure in changes.items() if failure is None]
    if mended:
        resolve(context, session, mended)


def remember_hooks(context: Context) -> None:
    """Once in a process: take over from the list what failed earlier; a plugin that was removed fails no more."""
    failures = context.hooks.failures
    if failures.remembered:
        return
    with context.store.read() as session:
        items = list(OpenItems(session).all(kind=PLUGIN))
    removed = [item.key for item in items if item.parameters["plugin"] not in context.hooks.plugins]
    failures.remember([_failure(item) for item in items if item.key not in removed])
    if removed:
        with context.store.write() as session:
            resolve(context, session, removed)


def _trouble(failure: HookFailure) -> Trouble:
    parameters = {"plugin": failure.plugin, "hook": failure.hook, "about": failure.about}
    return Trouble(
        key=_key(*failure.of),
        kind=PLUGIN,
        service="",
        reason=PLUGIN_FAILED,
        parameters={**parameters, "times": failure.times, "said": failure.reason},
    )


def _failure(item: OpenItem) -> HookFailure:
    plugin, hook, about, said = (str(item.parameters[name]) for name in ("plugin", "hook", "about", "said"))
    times = item.parameters["times"]
    return HookFailure(plugin, hook, about, said, times if isinstance(times, int) else 1)


def _key(plugin: str, hook: str) -> str:
    return f"{PLUGIN}:{plugin}:{hook}"
