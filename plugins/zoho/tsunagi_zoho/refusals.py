"""The words for an answer that refuses a call, and the errors HTTP statuses stand for by themselves."""

from tsunagi import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    RateLimited,
    RecordNotFound,
    RecordRejected,
    StaleRecord,
    Text,
)
from tsunagi_zoho.answers import Answer

RECONNECT = Text(
    en="Make a new refresh token for the client in Zoho's API console and connect again.",
    ja="Zoho の API コンソールでリフレッシュトークンを作り直し、接続し直してください。",
)
CHECK_SCOPES = Text(
    en="Check that the refresh token was made with the scopes this service needs, and the user's role in Zoho.",
    ja="リフレッシュトークンのスコープと、Zoho でのユーザーの権限を確認してください。",
)


def refusal(answer: Answer, code: str, message: str) -> Text:
    """Which call was refused and why, in the service's own words."""
    said = message or f"HTTP {answer.status}"
    note = f" ({code})" if code else ""
    return Text(
        en=f"{answer.service} refused {answer.request}: {said}{note}",
        ja=f"{answer.service} が {answer.request} を拒否しました: {said}{note}",
    )


def by_status(answer: Answer, code: str, message: str) -> ConnectorError | None:
    """What the status alone says; None for a success and for a failure of the service itself (5xx)."""
    service, words = answer.service, refusal(answer, code, message)
    match answer.status:
        case 401:
            return AuthenticationFailed(words, service=service, code=code, hint=RECONNECT)
        case 403:
            return AccessRefused(words, service=service, code=code, hint=CHECK_SCOPES)
        # Without a code of the service's own, nobody but a stray web server has said 404.
        case 404 if code:
            return RecordNotFound(words, service=service, code=code)
        case 412:
            return StaleRecord(words, service=service, code=code)
        case 429:
            return RateLimited(words, service=service, code=code, retry_after=answer.seconds_of("retry-after"))
        case 400 | 409 | 422:
            return RecordRejected(words, service=service, code=code)
    # A redirection or a method that is not allowed: we do not speak the language this address speaks.
    misunderstood = 300 <= answer.status < 500 and answer.status != 304
    return BrokenAnswer(words, service=service, code=code) if misunderstood else None
