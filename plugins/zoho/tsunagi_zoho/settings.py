"""What an administrator enters to connect a Zoho service, and where Zoho lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

DataCentreName = Literal["US", "EU", "IN", "AU", "JP", "CA", "CN", "SA"]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The two addresses a connection talks to, without a slash at the end."""

    accounts: str
    api: str


DATA_CENTRES: Mapping[DataCentreName, Endpoints] = MappingProxyType(
    {
        "US": Endpoints("https://accounts.zoho.com", "https://www.zohoapis.com"),
        "EU": Endpoints("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
        "IN": Endpoints("https://accounts.zoho.in", "https://www.zohoapis.in"),
        "AU": Endpoints("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
        "JP": Endpoints("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
        "CA": Endpoints("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
        "CN": Endpoints("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
        "SA": Endpoints("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
    }
)


class ZohoSettings(BaseModel):
    """One connection: where the organisation lives and the OAuth client that speaks for it.

    Give `data_centre`, or `base_url` where one address serves the accounts and the APIs, as the sandbox does.
    `accounts_url` overrides the accounts server of the data centre. `requests_per_minute` None is what the
    service allows; 0 is no limit of our own. `timeout` is in seconds.
    """

    # Validation errors are shown to people and logged: they must not repeat a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_centre: DataCentreName | None = None
    base_url: str | None = None
    accounts_url: str | None = None
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    refresh_token: SecretStr
    organization_id: str = ""
    requests_per_minute: int | None = Field(default=None, ge=0)
    timeout: float = Field(default=30.0, gt=0)

    @field_validator("base_url", "accounts_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.username:
            raise ValueError("must be an address such as https://accounts.zoho.jp")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_place(self) -> "ZohoSettings":
        if (self.data_centre is None) == (self.base_url is None):
            raise ValueError("give either data_centre or base_url")
        return self

    @property
    def endpoints(self) -> Endpoints:
        if self.base_url is not None:
            return Endpoints(self.accounts_url or self.base_url, self.base_url)
        # _one_place has made sure that the data centre is given.
        centre = DATA_CENTRES[self.data_centre or "US"]
        return Endpoints(self.accounts_url or centre.accounts, centre.api)
