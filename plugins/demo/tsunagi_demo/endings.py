"""How a sync must have ended for the demo to go on."""

from tsunagi import Text, TsunagiError
from tsunagi.embedding import SyncRun


def checked(run: SyncRun) -> SyncRun:
    """The run, if it was carried out; raises TsunagiError saying why it was not."""
    if run.state == "done":
        return run
    reason = run.problem or Text.same("-")
    raise TsunagiError(
        Text(
            en=f"The sync ended as '{run.state}': {reason.en}",
            ja=f"同期が「{run.state}」で終わりました: {reason.ja}",
        )
    )
