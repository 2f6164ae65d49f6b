"""The key that seals secrets: from settings, or a file of this installation's own."""

import hashlib
import hmac
import os
from pathlib import Path
from secrets import token_hex

from cryptography.fernet import Fernet

from tsunagi.app.settings import Settings
from tsunagi.store.private_files import unusable_file

KEY_FILE = "secret.key"


def secret_keys(settings: Settings) -> list[str]:
    """Fernet keys, newest first; without any in the settings, one made once and kept in the home for its owner only."""
    if settings.secret_keys:
        return [key.get_secret_value() for key in settings.secret_keys]
    return [_own_key(settings.home / KEY_FILE)]


def _own_key(path: Path) -> str:
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise unusable_file(path, error) from error


def _make_key(path: Path) -> None:
    """Two processes that start at once must not each seal with a key of its own, nor read half of the other's."""
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        # The other one was first: its key is ours.
        return
    finally:
        draft.unlink()


def derived_key(settings: Settings, purpose: bytes) -> bytes:
    """32 bytes, the same in every process of the installation, and of no use for any other purpose."""
    return hmac.new(secret_keys(settings)[0].encode(), purpose, hashlib.sha256).digest()
