"""The key that seals secrets."""

import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from tsunagi.app.connections.connecting import connect
from tsunagi.app.settings import KEY_FILE, load_settings, secret_keys
from tsunagi.errors import ConfigError


def test_it_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    (key,) = secret_keys(settings)

    assert Fernet(key)
    assert secret_keys(settings) == [key]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_two_that_start_at_once_share_one(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    found: list[str] = []
    begin = threading.Barrier(8)

    def start() -> None:
        begin.wait()
        found.extend(secret_keys(settings))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_those_of_the_settings_are_used_and_no_file_is_made(tmp_path: Path) -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    settings = load_settings(home=tmp_path, secret_keys=[SecretStr(key) for key in keys])

    assert secret_keys(settings) == keys
    assert not (tmp_path / KEY_FILE).exists()


def test_secrets_open_with_the_old_key_beside_a_new_one_and_not_without_it(open_house: Any, trade: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    house = open_house(secret_keys=[old])
    connect(house.hub.context, "ledger", {"password": "geheim"})
    house.close()

    house = open_house(connected=False, secret_keys=[new, old])
    house.hub.connectors.get("ledger")
    assert trade.built[-1].settings.password.get_secret_value() == "geheim"
    house.close()

    house = open_house(connected=False, secret_keys=[new])
    with pytest.raises(ConfigError):
        house.hub.connectors.get("ledger")
