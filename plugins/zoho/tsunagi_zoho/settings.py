"""What an administrator enters to connect a Zoho service, and where Zoho lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tsunagi import SettingLabel, Text

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


_OWN_HOSTS = frozenset(
    urlsplit(address).hostname for centre in DATA_CENTRES.values() for address in (centre.accounts, centre.api)
)


_DATA_CENTRE = SettingLabel(
    Text(en="Data centre", ja="データセンター"),
    Text(en="Where the organisation lives: zoho.com is US, zoho.jp is JP.", ja="zoho.com は US、zoho.jp は JP です。"),
)
_CLIENT_ID = SettingLabel(
    Text(en="Client ID", ja="クライアント ID"),
    Text(
        en="Of a client you register in Zoho's API console.",
        ja="Zoho の API コンソールで登録したクライアントの ID です。",
    ),
)
_CLIENT_SECRET = SettingLabel(Text(en="Client secret", ja="クライアントシークレット"))
_REFRESH_TOKEN = SettingLabel(
    Text(en="Refresh token", ja="リフレッシュトークン"),
    Text(
        en="What the client was given for the scopes the connecting guide lists.",
        ja="接続ガイドにあるスコープで発行されたトークンです。",
    ),
)
_BASE_URL = SettingLabel(
    Text(en="Address in place of a data centre", ja="データセンターの代わりのアドレス"),
    Text(
        en="For a sandbox, whose host the settings file has to name in allowed_hosts; leave it empty otherwise.",
        ja="サンドボックスの場合だけ入力します。ホストを設定ファイルの allowed_hosts に追加してください。",
    ),
    basic=False,
)
_ACCOUNTS_URL = SettingLabel(Text(en="Address of the accounts server", ja="アカウントサーバーのアドレス"), basic=False)
_ORGANIZATION = SettingLabel(Text(en="ID of the organisation", ja="組織の ID"), basic=False)
_REQUESTS = SettingLabel(
    Text(en="Calls a minute", ja="1 分あたりの呼び出し回数"),
    Text(en="Empty: what the service allows. 0: no limit.", ja="空欄はサービスの上限、0 は無制限です。"),
    basic=False,
)
_CALLS_A_DAY = SettingLabel(
    Text(en="Calls a day", ja="1 日あたりの呼び出し回数"),
    Text(
        en="For a service that does not say how many are left. Empty: the least a paid edition has. 0: no limit.",
        ja="残り回数を返さないサービス用です。空欄は有料エディションの最小値、0 は無制限です。",
    ),
    basic=False,
)
_TIMEOUT = SettingLabel(Text(en="Seconds to wait for an answer", ja="応答を待つ秒数"), basic=False)


class ZohoSettings(BaseModel):
    """One connection: where the organisation lives and the OAuth client that speaks for it.

    Give `data_centre`, or `base_url` where one address serves the accounts and the APIs, as the sandbox does.
    `accounts_url` overrides the accounts server of the data centre. What is entered must lead to a data centre of
    Zoho's or to one of the hub's `allowed_hosts`: nobody may have the hub call what only it can reach.
    `requests_per_minute` None is what the service allows; 0 is no limit of our own, by day either. `calls_per_day` is
    for a service that does not say how many are left of them. `timeout` is in seconds.
    """

    # Validation errors are shown to people and logged: they must not repeat a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_centre: Annotated[DataCentreName | None, _DATA_CENTRE] = None
    client_id: Annotated[str, _CLIENT_ID] = Field(min_length=1)
    client_secret: Annotated[SecretStr, _CLIENT_SECRET]
    refresh_token: Annotated[SecretStr, _REFRESH_TOKEN]
    base_url: Annotated[str | None, _BASE_URL] = None
    accounts_url: Annotated[str | None, _ACCOUNTS_URL] = None
    organization_id: Annotated[str, _ORGANIZATION] = ""
    requests_per_minute: Annotated[int | None, _REQUESTS] = Field(default=None, ge=0)
    calls_per_day: Annotated[int | None, _CALLS_A_DAY] = Field(default=None, ge=0)
    timeout: Annotated[float, _TIMEOUT] = Field(default=30.0, gt=0)

    @field_validator("base_url", "accounts_url")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in value:
            raise ValueError("must be an address such as https://accounts.zoho.jp")
        # Without a context it is what was accepted before, or set by a program.
        if info.context is not None and not _is_allowed(parts, info.context["allowed_hosts"]):
            raise PydanticCustomError(
                "host_not_allowed",
                "must be an https address of one of the service's data centres; "
                "allowed_hosts in the settings file permits others",
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_place(self) -> "ZohoSettings":
        if (self.data_centre is None) == (self.base_url is None):
            names = {"first": "data_centre", "second": "base_url"}
            raise PydanticCustomError("one_of_two", "give either {first} or {second}", names)
        return self

    @property
    def endpoints(self) -> Endpoints:
        if self.base_url is not None:
            return Endpoints(self.accounts_url or self.base_url, self.base_url)
        # _one_place has made sure that the data centre is given.
        centre = DATA_CENTRES[self.data_centre or "US"]
        return Endpoints(self.accounts_url or centre.accounts, centre.api)


def _is_allowed(parts: SplitResult, allowed_hosts: frozenset[str]) -> bool:
    """Nothing is looked up or called to find out: an answer would reveal who listens inside."""
    if parts.hostname in allowed_hosts:
        return True
    return parts.hostname in _OWN_HOSTS and parts.scheme == "https" and parts.netloc.lower() == parts.hostname


def crm_pages(settings: Mapping[str, object]) -> tuple[str, ...]:
    """Where the pages of Zoho CRM are, and of the widgets that Zoho hosts for it; at a sandbox, its own address."""
    if settings.get("base_url"):
        parts = urlsplit(str(settings["base_url"]))
        return (f"{parts.scheme}://{parts.netloc}",)
    centre = next((each for name, each in DATA_CENTRES.items() if name == settings.get("data_centre")), None)
    if centre is None:
        return ()
    # accounts.zoho.jp is the neighbour of crm.zoho.jp; widgets live below zappsusercontent.jp.
    domain = centre.accounts.removeprefix("https://accounts.")
    return f"https://crm.{domain}", f"https://*.zappsusercontent.{domain.partition('.')[2]}"
