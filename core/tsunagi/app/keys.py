"""The key that seals secrets: from settings, or a file of this installation's own."""

import os
from pathlib import Path

from cryptography.fernet import Fernet

from tsunagi.app.settings import Settings

KEY_FILE = "secret.key"


def secret_keys(settings: Settings) -> list[str]:
    """Fernet keys, newest first; without any in the settings, one made once and kept in the home for its owner only."""
    if settings.secret_keys:
        return [key.get_secret_value() for key in settings.secret_keys]
    return [_own_key(settings.home / KEY_FILE)]


def _own_key(path: Path) -> str:
    try:
        # O_EXCL: two processes starting at once must not each seal with a key of its own.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = Fernet.generate_key()
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    return key.decode("ascii")
