"""Where Zoho lives: one accounts server and one API host for each data centre."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

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
