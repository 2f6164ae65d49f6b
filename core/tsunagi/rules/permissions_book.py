"""The permission files of an installation: those in force, and those that cannot be used beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tsunagi.domain.directory import Person
from tsunagi.errors import RuleFileError
from tsunagi.rules.permissions import Policies, Policy, closed_by
from tsunagi.rules.permissions_catalogue import Catalogue
from tsunagi.rules.permissions_reading import PermissionFile, read_file
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that cannot be used; `held`: its last valid version is in force in its place."""

    file: str
    errors: tuple[RuleFileError, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class PermissionBook:
    """What is in force: `files` by name, `good` their texts, for a later file that is broken to fall back on."""

    files: Mapping[str, PermissionFile]
    broken: tuple[BrokenFile, ...]
    policies: Policies
    good: Mapping[str, str]

    @classmethod
    def load(
        cls,
        texts: Mapping[str, str],
        catalogue: Catalogue,
        *,
        earlier: Mapping[str, str] | None = None,
        unreadable: Sequence[RuleFileError] = (),
        administrators: Sequence[Person] = (),
    ) -> "PermissionBook":
        """Read the files (name -> text). Never raises for their content: see `broken`.

        `earlier` are the last good texts: one of them holds for a file that is broken. Without one, everything is
        denied until the file is fixed, since it may have been meant to forbid.
        """
        files: dict[str, PermissionFile] = {}
        good: dict[str, str] = {}
        broken: list[BrokenFile] = []
        failed = {error.path: (error,) for error in unreadable}
        for file in sorted({*texts, *failed}):
            read = failed.get(file) or read_file(file, texts[file], catalogue, administrators)
            if isinstance(read, PermissionFile):
                read = _distinct(read, files)
            if isinstance(read, PermissionFile):
                files[file], good[file] = read, texts[file]
                continue
            held = _held(file, (earlier or {}).get(file), catalogue, files)
            broken.append(BrokenFile(file, read, held is not None))
            if held is not None:
                files[file], good[file] = held, (earlier or {})[file]
        shut = {each.file: each for each in broken if not each.held}
        policies = Policies(
            [policy for each in files.values() for policy in each.policies],
            catalogue,
            closed=closed_by(shut) if shut else None,
        )
        return cls(files, tuple(broken), policies, good)

    def policy(self, id: str) -> Policy | None:
        return next((policy for policy in self.policies.all if policy.id == id), None)

    @property
    def problems(self) -> tuple[RuleFileError, ...]:
        return tuple(error for each in self.broken for error in each.errors)


def _held(
    file: str, text: str | None, catalogue: Catalogue, others: Mapping[str, PermissionFile]
) -> PermissionFile | None:
    read = read_file(file, text, catalogue) if text is not None else ()
    if not isinstance(read, PermissionFile):
        return None
    distinct = _distinct(read, others)
    return distinct if isinstance(distinct, PermissionFile) else None


def _distinct(read: PermissionFile, others: Mapping[str, PermissionFile]) -> PermissionFile | tuple[RuleFileError, ...]:
    known = {policy.id: policy.place for each in others.values() for policy in each.policies}
    errors = [_second(policy, str(known[policy.id])) for policy in read.policies if policy.id in known]
    return tuple(errors) or read


def _second(policy: Policy, first: str) -> RuleFileError:
    message = Text(
        en=f"There is another policy '{policy.id}' at {first}.", ja=f"方針「{policy.id}」は {first} にもあります。"
    )
    place = policy.place
    return RuleFileError(message, path=place.file, line=place.line, column=place.column, field="policy")
