"""Changes of several rule files: all of them are written, or none."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tsunagi.errors import ConfigError
from tsunagi.text import Text


class EditedMeanwhile(ConfigError):
    """The file is not what a draft was begun from any more; nothing was written."""

    def __init__(self, file: str) -> None:
        super().__init__(
            Text(
                en=f"'{file}' was changed by somebody else meanwhile; nothing was written.",
                ja=f"「{file}」は別の人に変更されました。保存していません。",
            ),
            hint=Text(en="Open it anew and make your change again.", ja="開き直してから変更し直してください。"),
        )


def fingerprint(text: str) -> str:
    """Names a text, so that a draft can say which one it was begun from."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def write_files(folder: Path, texts: Mapping[str, str | None]) -> None:
    """Write texts to files by name, relative to the folder; None takes a file away.

    Each file is put in place whole; where one cannot be, those before it are put back. Raises ConfigError.
    """
    earlier: dict[Path, bytes | None] = {}
    try:
        for name, text in texts.items():
            path = folder / name
            was = path.read_bytes() if path.exists() else None
            _put(path, None if text is None else text.encode())
            earlier[path] = was
    except OSError as error:
        for path, content in earlier.items():
            with suppress(OSError):
                _put(path, content)
        raise ConfigError(
            Text(
                en=f"The rules in '{folder}' were left as they were: {error.filename}: {error.strerror}.",
                ja=f"「{folder}」のルールは変更されませんでした: {error.filename}: {error.strerror}。",
            ),
            hint=Text(en="See to it that the folder can be written.", ja="フォルダーに書き込めるようにしてください。"),
        ) from error


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a name nobody reads as a rule, then moved: a reader sees the old file or the new one.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
