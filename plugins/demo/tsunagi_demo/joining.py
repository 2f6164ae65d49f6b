"""The finance services beside the books: connected once the first invoices are made, each with what it has of its own.

What would multiply the writes is left to a sync: the people of a customer are in the books already.
"""

from tsunagi import Text
from tsunagi.embedding import Hub, SyncRun, refresh_here, run_sync, start_sync
from tsunagi_demo.endings import checked
from tsunagi_demo.estimating import write_estimate
from tsunagi_demo.installation import Installation
from tsunagi_demo.progress import Progress

FURTHER = ("invoice", "expense", "subscriptions")


def services_to_join(hub: Hub) -> list[str]:
    """Those whose plugins are loaded."""
    return [service for service in FURTHER if service in hub.registry.connectors]


def join(demo: Installation, progress: Progress) -> list[SyncRun]:
    """Connect them, bring their customers in step and read their documents. May be repeated.

    Raises TsunagiError where one cannot be connected or read.
    """
    services = services_to_join(demo.hub)
    if not services:
        return []
    demo.connect(services)
    pairs = [f"{service}.customers" for service in services]
    run = start_sync(demo.hub.context, pairs=pairs, first=True)
    with progress.following(demo.hub, run):
        joined = checked(run_sync(demo.hub.context, demo.hub.jobs, run, pairs=pairs))
    if "invoice" in services:
        write_estimate(demo)
    with progress.step(Text("Reading documents", "文書の読み込み")):
        return [joined, checked(refresh_here(demo.hub.context, demo.hub.jobs, None))]
