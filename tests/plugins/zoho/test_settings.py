import pytest
from pydantic import SecretStr, ValidationError

from tsunagi_zoho import ZohoSettings
from tsunagi_zoho.settings import DATA_CENTRES


def settings(**changes: object) -> ZohoSettings:
    known = {"client_id": "1000.ID", "client_secret": SecretStr("hush"), "refresh_token": SecretStr("1000.hush")}
    return ZohoSettings.model_validate({**known, **changes})


@pytest.mark.parametrize("name", DATA_CENTRES)
def test_every_data_centre_has_encrypted_addresses_of_its_own(name: str) -> None:
    endpoints = settings(data_centre=name).endpoints
    assert endpoints.accounts.startswith("https://accounts.zoho")
    assert endpoints.api.startswith("https://www.zohoapis.")


def test_one_base_url_serves_accounts_and_apis() -> None:
    endpoints = settings(base_url="http://127.0.0.1:8080/").endpoints
    assert (endpoints.accounts, endpoints.api) == ("http://127.0.0.1:8080", "http://127.0.0.1:8080")


def test_the_accounts_server_can_be_another() -> None:
    endpoints = settings(data_centre="US", accounts_url="https://accounts.zoho.uk").endpoints
    assert endpoints.accounts == "https://accounts.zoho.uk"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "either data_centre or base_url"),
        ({"data_centre": "JP", "base_url": "http://localhost"}, "either data_centre or base_url"),
        ({"data_centre": "MARS"}, "data_centre"),
        ({"base_url": "ftp://example.com"}, "address"),
        ({"base_url": "http://user:pass@example.com"}, "address"),
        ({"data_centre": "JP", "requests_per_minute": -1}, "requests_per_minute"),
        ({"data_centre": "JP", "refresh": "x"}, "refresh"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_repeating_a_secret(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as failure:
        settings(**changes)
    assert said in str(failure.value)
    assert "hush" not in str(failure.value)


def entered(*allowed: str, **changes: object) -> ZohoSettings:
    """What an administrator enters, where the settings file allows these hosts."""
    known = {"client_id": "1000.ID", "client_secret": SecretStr("hush"), "refresh_token": SecretStr("1000.hush")}
    return ZohoSettings.model_validate({**known, **changes}, context={"allowed_hosts": frozenset(allowed)})


@pytest.mark.parametrize("field", ["base_url", "accounts_url"])
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://169.254.169.254/latest",
        "http://[::1]:5432",
        "https://evil.example",
        "https://www.zohoapis.com.evil.example",
        "https://www.zohoapis.com@evil.example",
        "https://evil.example\\.www.zohoapis.com",
        "https://evil.example#www.zohoapis.com",
        "https://www.zohoapis.com.",
        "http://www.zohoapis.com",
        "https://www.zohoapis.com:8443",
    ],
)
def test_an_address_outside_the_data_centres_is_refused(field: str, address: str) -> None:
    with pytest.raises(ValidationError) as failure:
        entered(**({} if field == "base_url" else {"data_centre": "JP"}), **{field: address})
    (problem,) = failure.value.errors()
    assert problem["loc"] == (field,)
    assert address not in problem["msg"]


@pytest.mark.parametrize("address", ["https://www.zohoapis.eu", "HTTPS://WWW.ZohoAPIs.eu/"])
def test_a_data_centres_own_address_may_be_entered(address: str) -> None:
    assert entered(base_url=address).base_url == address.rstrip("/")


def test_a_host_the_settings_file_names_may_be_entered() -> None:
    assert entered("127.0.0.1", base_url="http://127.0.0.1:8900/").endpoints.api == "http://127.0.0.1:8900"
    with pytest.raises(ValidationError):
        entered("127.0.0.1", base_url="http://localhost:8900")
