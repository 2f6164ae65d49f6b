"""The permissions in force: read from their files, again whenever these change; the last valid version is kept."""

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from tsunagi.domain.connector import CRM
from tsunagi.domain.directory import Person
from tsunagi.errors import RuleFileError
from tsunagi.logging import Log
from tsunagi.registry import Registry
from tsunagi.rule_files import RuleFiles, read_rule_files, starter_rules
from tsunagi.store.database import Store
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.people import People
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.rules.permissions import Decision
    from tsunagi.rules.permissions_book import BrokenFile, PermissionBook
    from tsunagi.rules.permissions_catalogue import Catalogue

log = Log(__name__)

KIND = "permission"
FILE_BROKEN, UNDECIDED = "permission_file_broken", "permission_undecided"
_FILES, _POLICIES = "permission:file:", "permission:policy:"
# Seconds until a changed file counts, in every process of the installation.
_LOOK_EVERY = 1.0


class PermissionFiles:
    """The permission book of an installation. Safe to use from any thread.

    `folder` is the rules folder; the starter permissions hold while it has none. `kept` is where the last good texts
    are remembered. What is wrong with a file is put on the standing list, and taken off it once it is right.
    """

    def __init__(self, folder: Path, registry: Registry, store: Store, kept: Path, now: Callable[[], datetime]) -> None:
        self._folder, self._registry, self._store, self._kept, self._now = folder, registry, store, kept, now
        self._crm = next((name for name, kind in registry.connectors.items() if kind.side == CRM), "crm")
        self._lock = threading.Lock()
        self._reported: set[str] = set()
        self._state: tuple[object, ...] = ()
        self._own = folder.is_dir()
        self._look_at = 0.0
        self._book: PermissionBook | None = None

    @property
    def book(self) -> "PermissionBook":
        """What is in force now. Read when first needed: some commands never do."""
        if self._book is None or monotonic() >= self._look_at:
            self._look()
        assert self._book is not None
        return self._book

    @cached_property
    def catalogue(self) -> "Catalogue":
        from tsunagi.rules.permissions_catalogue import Catalogue  # noqa: PLC0415 - only where it is needed

        asked = frozenset(action.asks for action in self._registry.actions.values())
        return Catalogue.of(self._registry.entities.values(), self._registry.panels, self._crm, asked)

    @property
    def folder(self) -> Path:
        """Where the files in force are."""
        return rules_with_permissions(self._folder)

    def candidate(self, folder: Path) -> "PermissionBook":
        """The permissions another folder would bring. Raises ConfigError where it is not there."""
        files = read_rule_files(folder, "permissions")
        return self._load(files, {})

    def with_text(self, file: str, text: str | None) -> "PermissionBook":
        """The permissions as they would be with this file's text, or without the file."""
        files = read_rule_files(self.folder, "permissions")
        texts = {name: known for name, known in files.rules.items() if name != file}
        if text is not None:
            texts[file] = text
        return self._load(RuleFiles(texts, {}, files.unreadable), {})

    def with_texts(self, texts: Mapping[str, str]) -> "PermissionBook":
        """The permissions as they would be with these files and no others."""
        return self._load(RuleFiles(texts, {}), {})

    @property
    def rules_dir(self) -> Path:
        """The installation's own rules folder, whether it has permission files yet or not."""
        return self._folder

    def undecided(self, decision: "Decision") -> None:
        """Report once, on the standing list, that a policy could not be evaluated."""
        new = [id for id in decision.undecided if id not in self._reported]
        if not new:
            return
        self._reported.update(new)
        with suppress(SQLAlchemyError), self._store.write() as session:
            OpenItems(session).report([self._undecided_item(id, decision) for id in new], self._now())

    def look_again(self) -> None:
        """Read the files now where they have changed."""
        self._look_at = 0.0
        self._look()

    def _look(self) -> None:
        """Files are replaced together: decisions made meanwhile use the previous ones."""
        if not self._lock.acquire(blocking=self._book is None):
            return
        try:
            self._look_at = monotonic() + _LOOK_EVERY
            if self._book is not None and self._own and not self._folder.is_dir():
                # Away, as while it is replaced: what was read stands.
                return
            self._own = self._own or self._folder.is_dir()
            state = self._seen()
            if self._book is None or state != self._state:
                self._book = self._read()
                self._state = state
        finally:
            self._lock.release()

    def _seen(self) -> tuple[object, ...]:
        folder = self.folder / "permissions"
        return tuple(
            (path.name, stat.st_mtime_ns, stat.st_size)
            for path in sorted(folder.rglob("*.y*ml"))
            for stat in [path.stat()]
        )

    def _read(self) -> "PermissionBook":
        earlier = _texts(self._kept)
        book = self._load(read_rule_files(self.folder, "permissions"), earlier)
        if book.good != earlier:
            self._reported.clear()
            _keep(self._kept, book.good)
        self._report(book.broken, changed=book.good != earlier)
        return book

    def _load(self, files: RuleFiles, earlier: Mapping[str, str]) -> "PermissionBook":
        from tsunagi.rules.permissions_book import PermissionBook  # noqa: PLC0415 - takes long to import

        return PermissionBook.load(
            files.rules,
            self.catalogue,
            earlier=earlier,
            unreadable=files.unreadable,
            administrators=self._administrators(),
        )

    def _administrators(self) -> Sequence[Person]:
        with self._store.read() as session:
            return [each for each in People(session).all(self._crm) if each.administrator and each.active]

    def _report(self, broken: "Sequence[BrokenFile]", *, changed: bool) -> None:
        items = {item.key: item for item in map(self._broken_item, broken)}
        try:
            with self._store.read() as session:
                known = OpenItems(session)
                said = {key: known.get(key) for key in known.keys(_FILES)}
                over = [key for key in said if key not in items]
                over += known.keys(_POLICIES) if changed else []
            new = [item for key, item in items.items() if key not in said or said[key].text != item.text]  # type: ignore[union-attr]
            if new or over:
                with self._store.write() as session:
                    OpenItems(session).report(new, self._now())
                    OpenItems(session).resolve(over, self._now())
        except SQLAlchemyError as error:
            # A store that cannot be written to is reported elsewhere; permissions do not depend on it.
            log.warning("permissions_not_reported", reason=str(error))

    def _broken_item(self, broken: "BrokenFile") -> NewOpenItem:
        first = broken.errors[0]
        log.warning("permission_file_broken", file=broken.file, held=broken.held, reason=str(first))
        return NewOpenItem(
            key=f"{_FILES}{broken.file}",
            kind=KIND,
            service=self._crm,
            reason=FILE_BROKEN,
            parameters={"file": broken.file, "errors": len(broken.errors)},
            text=_said_of(broken, first),
            remedy=Text(
                en="Put the file right: tsunagi permissions lint",
                ja="ファイルを修正してください: tsunagi permissions lint",
            ),
        )

    def _undecided_item(self, id: str, decision: "Decision") -> NewOpenItem:
        return NewOpenItem(
            key=f"{_POLICIES}{id}",
            kind=KIND,
            service=self._crm,
            reason=UNDECIDED,
            parameters={"policy": id, "action": decision.action},
            text=Text(
                en=f"It could not be determined whether the policy '{id}' applies; {decision.action} was denied.",
                ja=f"方針「{id}」が当てはまるか判定できず、{decision.action} を拒否しました。",
            ),
            remedy=Text(
                en="See why: tsunagi why-denied USER ACTION RECORD. Let the policy say what holds where a field is "
                "missing.",
                ja="確認: tsunagi why-denied 利用者 操作 レコード。フィールドがない場合の扱いを方針に書いてください。",
            ),
        )


def rules_with_permissions(folder: Path) -> Path:
    """The rules folder where it has permission files, else the starter's: no installation is without."""
    there = folder / "permissions"
    return folder if there.is_dir() and any(there.rglob("*.y*ml")) else starter_rules()


def _said_of(broken: "BrokenFile", first: RuleFileError) -> Text:
    if broken.held:
        return Text(
            en=f"A permission file cannot be used; its last good version holds. {first.message.en}",
            ja=f"権限ファイルを使えないため、以前の内容が有効です。{first.message.ja}",
        )
    return Text(
        en=f"A permission file cannot be used and nobody but administrators may do anything. {first.message.en}",
        ja=f"権限ファイルを使えないため、管理者以外は何もできません。{first.message.ja}",
    )


def _texts(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(file): str(text) for file, text in found.items()} if isinstance(found, dict) else {}


def _keep(path: Path, texts: Mapping[str, str]) -> None:
    """Written completely or not at all, readable by the owner only."""
    new = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(dict(texts), file, ensure_ascii=False)
        new.replace(path)
    except OSError as error:
        log.warning("permissions_not_kept", path=str(path), reason=str(error))
