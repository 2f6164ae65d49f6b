"""Rule files on disk: found, read as text and handed to the rules, which do no I/O; changed, all of them or none."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Literal

from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.text import Text
from tsunagi.yaml_marks import LARGEST_FILE

Kind = Literal["automations", "permissions", "sync"]

_SUFFIXES = frozenset({".yaml", ".yml"})
_BYTES_A_CHARACTER = 4
# File systems take 255; a table and a file that is being written have longer names than the rule.
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """Texts by file name (relative to the rules folder): the rules, the tables of cases beside them, and
    an error for each file that cannot be read as text."""

    rules: Mapping[str, str]
    tables: Mapping[str, str]
    unreadable: tuple[RuleFileError, ...] = ()


def read_rule_files(folder: Path, kind: Kind = "automations") -> RuleFiles:
    """Read `<folder>/<kind>/**/*.yaml`; a file named `*_test.yaml` is a table of cases.

    A folder without rules of this kind has none. Raises ConfigError where the folder itself is not there.
    """
    if not folder.is_dir():
        raise ConfigError(
            Text(en=f"There is no rules folder '{folder}'.", ja=f"ルールフォルダー「{folder}」がありません。"),
            hint=Text(en="'tsunagi init' makes one.", ja="「tsunagi init」で作成できます。"),
        )
    rules: dict[str, str] = {}
    tables: dict[str, str] = {}
    unreadable: list[RuleFileError] = []
    for path in _found(folder / kind):
        name = path.relative_to(folder).as_posix()
        text = _text(path, name)
        if isinstance(text, RuleFileError):
            unreadable.append(text)
        elif path.stem.endswith("_test"):
            tables[name] = text
        else:
            rules[name] = text
    return RuleFiles(rules, tables, tuple(unreadable))


_USED = "rules_folder"


def check_rules_folder(home: Path, folder: Path) -> None:
    """Remember in `home` which rules folder is in use, and refuse another one, or none, that nobody asked for.

    A relative folder depends on where a command is started. Without this, one started elsewhere would take the starter
    rules, permissions and sync settings for the installation's own, and write by them.

    Raises ConfigError where the folder is not there though one was in use, or where a relative one leads elsewhere.
    """
    note = home / _USED
    # As seen from the home, so that both may be copied or moved together.
    known = (home / note.read_text(encoding="utf-8")).resolve() if note.is_file() else None
    here = folder.resolve()
    if folder.is_dir():
        if known is not None and known != here and not folder.is_absolute() and known.is_dir():
            raise _other_rules(here, known)
        if known != here:
            note.write_text(os.path.relpath(here, home.resolve()), encoding="utf-8")
    elif known is not None:
        raise _other_rules(here, known)


def _other_rules(here: Path, known: Path) -> ConfigError:
    return ConfigError(
        Text(
            en=f"This installation's rules are in {known}, not in {here}.",
            ja=f"この環境のルールは {known} にあります。{here} ではありません。",
        ),
        hint=Text(
            en="Start the command where they are, put the folder back, or set rules_dir to the whole path of the one "
            "to use, in tsunagi.toml or as TSUNAGI_RULES_DIR.",
            ja="ルールのある場所でコマンドを実行するか、フォルダーを元に戻してください。別のフォルダーを使う場合は、"
            "tsunagi.toml の rules_dir または TSUNAGI_RULES_DIR に絶対パスを指定してください。",
        ),
    )


def starter_rules() -> Path:
    """The rules that come with the hub: the wheel's copy, or a checkout's own folder."""
    copy = Path(str(files("tsunagi"))) / "starter_rules"
    return copy if copy.is_dir() else Path(__file__).parents[2] / "rules"


def lay_starter_rules(folder: Path) -> Mapping[Path, bool]:
    """Copy the starter rules, permissions and sync settings into a folder; False for a file that was there already."""
    source = starter_rules()
    files = (path for path in sorted(source.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {target: lay(target, path.read_bytes()) for path in files if (target := folder / path.relative_to(source))}


def lay(path: Path, content: bytes) -> bool:
    """Make a file; False where there is something already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _found(folder: Path) -> list[Path]:
    paths = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    return sorted(path for path in paths if path.is_file() and not _hidden(path.relative_to(folder)))


def _hidden(path: Path) -> bool:
    """Editors leave locks and copies under such names."""
    return any(part.startswith(".") for part in path.parts)


def _text(path: Path, name: str) -> str | RuleFileError:
    try:
        if path.stat().st_size > LARGEST_FILE * _BYTES_A_CHARACTER:
            return _unreadable(name, f"larger than {LARGEST_FILE} characters", f"{LARGEST_FILE} 文字を超えています")
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(name, str(error.strerror), str(error.strerror))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(
            name, "not UTF-8; save it in that encoding", "UTF-8 ではありません。UTF-8 で保存してください", line
        )


def _unreadable(name: str, reason: str, reason_ja: str, line: int = 1) -> RuleFileError:
    message = Text(en=f"The file cannot be read: {reason}.", ja=f"ファイルを読めません: {reason_ja}。")
    return RuleFileError(message, path=name, line=line)


class EditedMeanwhile(ConfigError):
    """Somebody changed the file since the draft was begun; nothing was written."""

    def __init__(self, file: str) -> None:
        super().__init__(
            Text(
                en=f"'{file}' was changed by somebody else meanwhile; nothing was written.",
                ja=f"「{file}」は別の人に変更されました。保存していません。",
            ),
            hint=Text(en="Open it anew and make your change again.", ja="開き直してから変更し直してください。"),
        )


class NoSuchFile(ConfigError):
    """The rules folder has no such file."""

    def __init__(self, file: str) -> None:
        super().__init__(
            Text(en=f"There is no file '{file}' in the rules folder.", ja=f"ルールフォルダーに「{file}」はありません。")
        )


class FileNameInvalid(ConfigError):
    """No file of the rules folder can be named like this."""

    def __init__(self, file: str, kind: Text, example: str) -> None:
        super().__init__(
            Text(en=f"'{file}' cannot be the name of {kind.en}.", ja=f"「{file}」は{kind.ja}の名前にできません。"),
            hint=Text(en=f"Name it like {example}.", ja=f"{example} のように指定してください。"),
        )


def usual_name(file: str) -> str:
    """The one spelling of a file's name: no blanks around it, no `./` or doubled `/` in it."""
    return PurePosixPath(file.strip()).as_posix()


def is_proper_name(file: str, kind: Kind) -> bool:
    """Whether this is a name of the usual spelling that a rule file of this kind can have: in its folder, or below."""
    path = PurePosixPath(file)
    folder, *rest = path.parts or ("",)
    return (
        folder == kind
        and bool(rest)
        and path.suffix in _SUFFIXES
        and not path.stem.endswith("_test")
        and all(_is_proper_part(part) for part in rest)
    )


def _is_proper_part(part: str) -> bool:
    plain = part.isprintable() and not part.startswith(".") and "\\" not in part
    return plain and len(part.encode()) <= _LONGEST_NAME


def refuse_edited(files: RuleFiles, begun: Mapping[str, str]) -> None:
    """Raises EditedMeanwhile where a file has not the text it was begun from, by fingerprint ("" for no file)."""
    present = {**files.rules, **files.tables}
    unreadable = {error.path for error in files.unreadable}
    for file, saved in begun.items():
        now = fingerprint(present[file]) if file in present else ""
        if file in unreadable or saved != now:
            raise EditedMeanwhile(file)


def fingerprint(text: str) -> str:
    """Names a text, so that a draft can say which one it was begun from."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def write_files(folder: Path, texts: Mapping[str, str | None]) -> None:
    """Write texts to files by name, relative to the folder; None takes a file away.

    Each file is put in place whole; where one cannot be, those before it are put back. Raises ConfigError.
    """
    earlier: dict[Path, bytes | None] = {}
    try:
        for name, text in texts.items():
            path = folder / name
            _refuse_links(folder, name)
            was = path.read_bytes() if path.exists() else None
            _put(path, None if text is None else text.encode())
            earlier[path] = was
    except OSError as error:
        for path, content in earlier.items():
            with suppress(OSError):
                _put(path, content)
        raise ConfigError(
            Text(
                en=f"The rules in '{folder}' were left as they were: {error.filename}: {error.strerror}.",
                ja=f"「{folder}」のルールは変更されませんでした: {error.filename}: {error.strerror}。",
            ),
            hint=Text(en="See to it that the folder can be written.", ja="フォルダーに書き込めるようにしてください。"),
        ) from error


def _refuse_links(folder: Path, name: str) -> None:
    """Raises OSError where a folder on the way, below that of the kind, is a link: nothing is read through one."""
    for each in PurePosixPath(name).parents[:-2]:
        if (folder / each).is_symlink():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder / each))


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a name nobody reads as a rule, then moved: a reader sees the old file or the new one.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
