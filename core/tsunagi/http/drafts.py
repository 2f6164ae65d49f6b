"""What somebody entered in a form of several steps: sealed and carried by the form, kept nowhere, good for a while."""

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken

from tsunagi.domain.directory import Person
from tsunagi.http.errors import InvalidInput
from tsunagi.text import Text

_SECONDS = 15 * 60


class Drafts:
    """Credentials between two steps of connecting. The page holds them encrypted, for one person and one service."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, person: Person | None, service: str, values: Mapping[str, str]) -> str:
        content = json.dumps([_email(person), service, dict(values)])
        return self._fernet.encrypt(content.encode()).decode()

    def open(self, person: Person | None, service: str, sealed: str) -> dict[str, str]:
        """Raises InvalidInput for one that is too old, somebody else's, or of another service."""
        try:
            email, of_service, values = json.loads(self._fernet.decrypt(sealed.encode(), ttl=_SECONDS))
        except InvalidToken:
            raise _expired() from None
        if (email, of_service) != (_email(person), service):
            raise _expired()
        found: dict[str, str] = values
        return found


def _email(person: Person | None) -> str:
    return person.email if person else ""


def _expired() -> InvalidInput:
    return InvalidInput(
        Text(
            en="What was entered before is not kept any more.",
            ja="前の画面で入力した内容の有効期限が切れました。",
        ),
        hint=Text(en="Enter it again.", ja="もう一度入力してください。"),
    )
