"""Settings of a service as somebody enters them: every text may be a secret, so none is shown again."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr

Entered = Annotated[
    dict[str, SecretStr | bool | int],
    Field(
        max_length=50,
        description="the fields of the service's settings, credentials among them; never shown again",
        examples=[{"client_id": "1000.ABC", "client_secret": "...", "refresh_token": "1000.DEF"}],
    ),
]


def revealed(values: Mapping[str, SecretStr | bool | int]) -> dict[str, object]:
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()}
