"""Records that turn out to be gone when a pair writes to them: some services report no deletions."""

from tsunagi.app.context import Context
from tsunagi.app.sync.ingest import ingest
from tsunagi.errors import RecordNotFound, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.intents import Intent

log = Log(__name__)


def note_gone(context: Context, intent: Intent) -> None:
    """Take the record in as deleted, where it is; the next plan follows the pair's policy, and an edit survives.

    The record itself is asked for, since the refusal may have been about another one that it names.
    """
    target = intent.write.target
    if target is None or not intent.pair:
        return
    try:
        context.connectors.get(target.service).get(target)
    except RecordNotFound:
        kind = context.registry.entity(target.service, target.entity)
        ingest(context, kind, (), batch=f"{intent.batch}:gone", deleted=[target])
    except TsunagiError as error:
        log.warning("not_looked_up", record=str(target), reason=str(error))
