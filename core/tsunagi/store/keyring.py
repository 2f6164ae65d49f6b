"""The keys that seal secrets at rest, and how a database connection finds them."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.engine import Dialect, Engine

from tsunagi.errors import ConfigError
from tsunagi.text import Text


def new_secret_key() -> str:
    """A fresh key for `KeyRing`, safe to keep in a file or an environment variable."""
    return Fernet.generate_key().decode()


class KeyRing:
    """Seals with the first key, opens with whichever fits: put a new key in front to rotate.

    Raises ConfigError for a key that is none, when there is no key at all, and when no key fits.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, 1)]) if keys else None

    def seal(self, text: str) -> str:
        return self._keys().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._keys().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigError(
                Text(
                    en="A stored secret cannot be read: it was sealed with a key that is not configured.",
                    ja="保存された秘密情報を読めません。暗号化に使われた鍵が設定されていません。",
                ),
                hint=Text(
                    en="Add the earlier key behind the present one in secret_keys, or connect the service again.",
                    ja="secret_keys の現在の鍵の後ろに以前の鍵を加えるか、サービスを接続し直してください。",
                ),
            ) from None

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise ConfigError(
                Text(
                    en="There is no key to keep secrets with: secret_keys is empty.",
                    ja="秘密情報を保存する鍵がありません（secret_keys が空です）。",
                )
            )
        return self._fernet


# A column type knows nothing but the dialect, and every engine has one of its own.
_RINGS: WeakKeyDictionary[Dialect, KeyRing] = WeakKeyDictionary()


def attach(engine: Engine, ring: KeyRing) -> None:
    """Let Encrypted columns read and written through this engine use these keys."""
    _RINGS[engine.dialect] = ring


def keyring_of(dialect: Dialect) -> KeyRing:
    return _RINGS.get(dialect) or KeyRing(())


def _fernet(key: str, place: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise ConfigError(
            Text(
                en=f"secret_keys: key number {place} is not a Fernet key (32 bytes in URL-safe base64).",
                ja=f"secret_keys: {place} 番目の鍵は Fernet 鍵（URL セーフ base64 の 32 バイト）ではありません。",
            )
        ) from None
