"""Settings: flags before environment before file, and errors that name what is wrong."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.app.settings import SETTINGS_FILE, load_settings
from tsunagi.errors import ConfigError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_it_runs_in_the_folder_it_is_in() -> None:
    settings = load_settings()
    assert settings.store_url == "sqlite:///.tsunagi/tsunagi.sqlite3"
    assert settings.work_url == "sqlite:///.tsunagi/jobs.sqlite3"


def test_flags_go_before_environment_and_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SETTINGS_FILE).write_text('language = "ja"\nsmtp_port = 2525\npublic_url = "https://file.example"\n')
    monkeypatch.setenv("TSUNAGI_SMTP_PORT", "2526")
    monkeypatch.setenv("TSUNAGI_PUBLIC_URL", "https://environment.example")
    settings = load_settings(home=tmp_path, public_url="https://flag.example", smtp_host=None)

    assert (settings.language, settings.smtp_port) == ("ja", 2526)
    assert settings.public_url == "https://flag.example"
    assert settings.smtp_host == ""


def test_the_file_is_looked_up_in_the_home_the_environment_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / SETTINGS_FILE).write_text('mail_from = "a@example.com"\n')
    monkeypatch.setenv("TSUNAGI_HOME", str(tmp_path / "elsewhere"))

    assert load_settings().mail_from == "a@example.com"


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"language": "fr"}, "language"),
        ({"smtp_port": 0}, "smtp_port"),
        ({"smtp_prot": 25}, "smtp_prot"),
        ({"matcher": "guess"}, "matcher"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_received(flags: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(**flags)
    assert named in refused.value.message.en
    assert repr(next(iter(flags.values()))) in refused.value.message.en
    assert refused.value.hint is not None


def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('language = "ja"\nsmtp_host = mail.example.com\n')
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path / SETTINGS_FILE))) as refused:
        load_settings(home=tmp_path)
    assert "line 2" in str(refused.value)


@pytest.mark.parametrize("spelling", ["smtp_prot", '"smtp_prot"', "  smtp_prot "])
def test_an_unknown_setting_of_the_file_is_named_with_line_and_nearest_name(tmp_path: Path, spelling: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(f'# smtp_prot is a slip\nlanguage = "ja"\n{spelling}= 25\n')
    with pytest.raises(ConfigError) as refused:
        load_settings(home=tmp_path)
    for said in (refused.value.message.en, refused.value.message.ja):
        assert f"{tmp_path / SETTINGS_FILE}:3: " in said
        assert "smtp_prot" in said
        assert "smtp_port" in said


def test_a_wrong_value_of_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('\nplan_days = "soon"\n')
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / SETTINGS_FILE}:2: plan_days")):
        load_settings(home=tmp_path)


def test_a_misspelt_secret_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('smtp_passwort = "geheim"\n')
    with pytest.raises(ConfigError, match="smtp_passwort") as refused:
        load_settings(home=tmp_path)
    assert "geheim" not in str(refused.value)


@given(st.text(min_size=6, max_size=20, alphabet="abcdefghijkmnpqrstuvwxyz"))
def test_a_secret_is_never_repeated(secret: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(secret_keys=f"geheim-{secret}")
    assert f"geheim-{secret}" not in str(refused.value)
    assert f"geheim-{secret}" not in str(load_settings(smtp_password=f"geheim-{secret}"))
