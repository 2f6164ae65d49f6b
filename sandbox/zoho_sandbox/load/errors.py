"""What can stop a load as a whole; a bad row never does, it becomes a Problem in the report.

LoadError
- FolderError          the folder or one of its files cannot be used at all
- MappingFileError     the mapping file is wrong: path, line, field, received, valid
"""

from __future__ import annotations

from pathlib import Path


class LoadError(Exception):
    """The load did not start; the message says what to change."""


class FolderError(LoadError):
    """A folder or file that cannot be read as an export."""


class MappingFileError(LoadError):
    """One place in a mapping file that is wrong, as `file:line: field: received …; valid: …`."""

    def __init__(self, path: Path, line: int, field: str, received: str, valid: str) -> None:
        self.path, self.line, self.field, self.received, self.valid = path, line, field, received, valid
        place = f"{path}:{line}: {field}" if field else f"{path}:{line}"
        super().__init__(f"{place}: received {received}; valid: {valid}")
