"""Where the hub keeps things and how it behaves: from flags, then environment, then a file, then defaults."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from tsunagi.errors import ConfigError
from tsunagi.store.private_files import unusable_file
from tsunagi.text import Language, Text
from tsunagi.validation import reason
from tsunagi.wording import nearest

SETTINGS_FILE = "tsunagi.toml"


class Settings(BaseSettings):
    """Each setting is `TSUNAGI_<NAME>` in the environment and `<name>` in `<home>/tsunagi.toml`."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGI_", extra="forbid")

    home: Path = Field(default=Path(".tsunagi"), description="folder for the database, the key and the lock file")
    database_url: str = Field(default="", description="SQLAlchemy URL; default: a SQLite file in home")
    jobs_url: str = Field(default="", description="database of durable work; default: a SQLite file in home")
    rules_dir: Path = Field(
        default=Path("rules"), description="folder of YAML rule files; the starter rules while it does not exist"
    )
    secret_keys: list[SecretStr] = Field(default=[], description="Fernet keys, newest first; default: a file in home")
    synchronous: Literal["FULL", "NORMAL"] = Field(
        default="FULL", description="FULL survives a power cut, NORMAL only a killed process"
    )
    matcher: Literal["auto", "durable", "native", "both"] = Field(
        default="auto", description="who matches rules: durable, native, both side by side, or auto"
    )
    disabled_plugins: list[str] = Field(default=[], description="plugins that are not loaded")
    plugin_seconds: float = Field(default=30.0, gt=0, description="seconds a plugin may take to load or answer a hook")
    allowed_hosts: list[str] = Field(
        default=[], description="hosts, beside the vendor's own, that a connection may be given the address of"
    )
    frame_hosts: list[Annotated[str, Field(pattern=r"^https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?$")]] = Field(
        default=[], description="addresses, beside the CRM's own, whose pages may frame the widget"
    )
    public_url: str = Field(default="", description="where services can reach this hub for callbacks")
    metrics_open: bool = Field(default=False, description="whether /metrics is answered without a token")
    description_open: bool = Field(default=False, description="whether the API's description needs no token")
    smtp_host: str = Field(default="", description="mail server, for services that do not mail documents themselves")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="its port")
    smtp_starttls: bool = Field(default=False, description="whether to encrypt the connection to it")
    smtp_user: str = Field(default="", description="user name at the mail server, if it wants one")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="password at the mail server")
    mail_from: str = Field(default="", description="address mails are sent from")
    mail_from_name: str = Field(default="", description="name mails are sent from")
    history_days: int = Field(
        default=730, ge=0, description="how many days the changes of records are kept; 0: for ever"
    )
    reserved_calls: int = Field(
        default=10, ge=0, le=90, description="percent of a day's calls that syncs leave for what people wait for"
    )
    plan_days: int = Field(default=7, ge=1, description="how many days a saved plan can be applied")
    language: Language = Field(default="en", description="language of command line and pages: en or ja")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="how much is logged: DEBUG, INFO, WARNING or ERROR"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library calls by these names
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file lives in the home that flags or environment chose, so it is looked up here, per instance.
        given = {**env_settings(), **init_settings()}
        path = Path(str(given.get("home", ".tsunagi"))) / SETTINGS_FILE
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'tsunagi.sqlite3'}"

    @property
    def work_url(self) -> str:
        return self.jobs_url or f"sqlite:///{self.home / 'jobs.sqlite3'}"


def load_settings(**flags: object) -> Settings:
    """Settings with `flags` on top; a flag that is None was not given.

    Raises ConfigError naming each setting that is wrong, what was received and what is valid.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except (TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        path = _file(flags)
        raise ConfigError(
            Text(en=f"{path} cannot be read: {error}", ja=f"{path} を読み取れません: {error}"),
            hint=Text(
                en='It is a TOML file in UTF-8: name = "value", a line each.',
                ja='UTF-8 の TOML ファイルです。1 行に 1 項目、名前 = "値" の形で書きます。',
            ),
        ) from None
    except ValidationError as error:
        problems = [_problem(_file(flags), item) for item in error.errors()]
        raise ConfigError(
            Text(
                en="Settings cannot be used: " + "; ".join(each.en for each in problems),
                ja="設定に誤りがあります: " + "、".join(each.ja for each in problems),
            ),
            hint=Text(
                en=f"Flags, TSUNAGI_* variables and {SETTINGS_FILE} are read, in this order.",
                ja=f"フラグ、環境変数 TSUNAGI_*、{SETTINGS_FILE} の順に読みます。",
            ),
        ) from None


def _file(flags: Mapping[str, object]) -> Path:
    return Path(str(flags.get("home") or os.environ.get("TSUNAGI_HOME") or ".tsunagi")) / SETTINGS_FILE


def _problem(file: Path, item: Mapping[str, Any]) -> Text:
    """One setting that is wrong: where it is written, and for an unknown one the nearest name there is."""
    place, name = _place(file, str(item["loc"][0])) if item["loc"] else "", ".".join(map(str, item["loc"]))
    if item["type"] != "extra_forbidden":
        why = reason(item)
        shown = _shown(item)
        return Text(en=f"{place}{name}: {why.en} (received {shown})", ja=f"{place}{name}: {why.ja}(指定: {shown})")
    near = nearest(name, Settings.model_fields)
    return Text(
        en=f"{place}There is no setting '{name}' (received {_shown(item)}).{near.en}",
        ja=f"{place}設定「{name}」はありません(指定: {_shown(item)})。{near.ja}",
    )


def _place(file: Path, name: str) -> str:
    """`file:line: ` of a setting that is written in the file; empty for one of a flag or the environment."""
    key = re.compile(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[\].=]""")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return next((f"{file}:{number}: " for number, line in enumerate(lines, 1) if key.match(line)), "")


def _shown(item: Mapping[str, Any]) -> str:
    """What was received, unless it could be a secret."""
    secret = any(part in str(name).lower() for name in item["loc"] for part in _SECRET)
    return "a secret" if secret else repr(item["input"])


# A name with one of these may be that of a secret, misspelt: its value is not repeated. Addresses hold passwords.
_SECRET = ("pass", "pas_", "pwd", "secret", "key", "token", "url")


KEY_FILE = "secret.key"


def secret_keys(settings: Settings) -> list[str]:
    """Fernet keys, newest first; without any in the settings, one made once and kept in the home for its owner only."""
    if settings.secret_keys:
        return [key.get_secret_value() for key in settings.secret_keys]
    return [_own_key(settings.home / KEY_FILE)]


def _own_key(path: Path) -> str:
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise unusable_file(path, error) from error


def _make_key(path: Path) -> None:
    """Two processes that start at once must not each seal with a key of its own, nor read half of the other's."""
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        # The other one was first: its key is ours.
        return
    finally:
        draft.unlink()


def derived_key(settings: Settings, purpose: bytes) -> bytes:
    """32 bytes, the same in every process of the installation, and of no use for any other purpose."""
    return hmac.new(secret_keys(settings)[0].encode(), purpose, hashlib.sha256).digest()
