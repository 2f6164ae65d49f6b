"""Tables sent as files: piece by piece, so that a large one takes no memory."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from tsunagi.app.views.exporting import MEDIA_TYPES, Cell, Format, csv_lines, write_xlsx


def table_file(name: str, headings: Sequence[str], rows: Iterator[Sequence[Cell]], format: Format) -> Response:
    """The table as a download; `name` is without its ending."""
    named = f'attachment; filename="{name}.{format}"'
    if format == "csv":
        # Nothing says "done" of a chunked answer but its end: an error on the way breaks it off.
        return StreamingResponse(
            csv_lines(headings, rows), media_type=MEDIA_TYPES["csv"], headers={"Content-Disposition": named}
        )
    folder = tempfile.TemporaryDirectory(prefix="tsunagi-")
    target = Path(folder.name) / f"{name}.xlsx"
    _or_clean(lambda: write_xlsx(target, headings, rows), folder)
    return FileResponse(
        target,
        media_type=MEDIA_TYPES["xlsx"],
        headers={"Content-Disposition": named},
        background=BackgroundTask(folder.cleanup),
    )


def _or_clean(write: Callable[[], None], folder: "tempfile.TemporaryDirectory[str]") -> None:
    try:
        write()
    except BaseException:
        folder.cleanup()
        raise
