"""The permission files of an installation: those in force, and those that cannot be used beside them.

Each is read to its policies, or to every mistake in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tsunagi.domain.directory import Person
from tsunagi.errors import RuleFileError
from tsunagi.rules.checking import read_permissions
from tsunagi.rules.conditions import All, Comparison, comparisons
from tsunagi.rules.derived import DERIVED
from tsunagi.rules.facts import BEFORE
from tsunagi.rules.permissions import Policies, Policy, Who, closed_by, same
from tsunagi.rules.permissions_catalogue import Catalogue, Resource
from tsunagi.rules.reading import read_conditions
from tsunagi.rules.schema import PermissionsModel, PolicyModel, TextModel, WhoModel
from tsunagi.text import Text
from tsunagi.wording import Path, listed, nearest
from tsunagi.yaml_marks import Document, parse


@dataclass(frozen=True, slots=True)
class PermissionFile:
    """A file that can be used."""

    id: str
    title: Text
    policies: tuple[Policy, ...]
    file: str


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


def read_file(
    file: str, text: str, catalogue: Catalogue, administrators: Sequence[Person] = ()
) -> PermissionFile | tuple[RuleFileError, ...]:
    """`administrators` are the active ones known: a file that would forbid them the hub's own work is refused."""
    try:
        document = parse(file, text)
    except RuleFileError as error:
        return (error,)
    model = read_permissions(document)
    if not isinstance(model, PermissionsModel):
        return model
    reader = _Reader(document, catalogue, administrators)
    policies = tuple(reader.policies(model))
    errors = {(error.line, error.column, str(error)): error for error in reader.errors}
    if errors:
        return tuple(errors[position] for position in sorted(errors))
    return PermissionFile(model.permissions, _text(model.title), policies, file)


@dataclass
class _Reader:
    document: Document
    catalogue: Catalogue
    administrators: Sequence[Person]
    errors: list[RuleFileError] = field(default_factory=list)

    def policies(self, model: PermissionsModel) -> Iterator[Policy]:
        seen: dict[str, int] = {}
        for index, each in enumerate(model.policies):
            path: Path = ("policies", index)
            if each.policy in seen:
                self._twice(each.policy, ("policies", seen[each.policy], "policy"), (*path, "policy"))
            seen.setdefault(each.policy, index)
            policy = self._policy(each, path)
            if each.enabled:
                yield policy

    def _policy(self, model: PolicyModel, path: Path) -> Policy:
        resources = self._resources(model, (*path, "on"))
        actions = frozenset(self._actions(model, resources, (*path, "actions")))
        who = _who(model.who)
        if model.effect == "forbid":
            self._lockout(who, resources, actions, path)
        return Policy(
            id=model.policy,
            title=_text(model.title) if model.title else Text.same(model.policy),
            effect=model.effect,
            who=who,
            actions=actions,
            condition=self._condition(model, resources, (*path, "conditions")),
            place=self.document.place((*path, "policy"), key=True),
        )

    def _resources(self, model: PolicyModel, path: Path) -> list[tuple[Resource, bool]]:
        """Each with whether it was named directly, rather than through a group."""
        if model.on == "all":
            return [(each, False) for each in self.catalogue.resources.values()]
        found: dict[str, tuple[Resource, bool]] = {}
        for index, name in enumerate(model.on):
            named = self.catalogue.named(name)
            if isinstance(named, Text):
                self.errors.append(self.document.error(named, (*path, index)))
                continue
            for each in named:
                by_itself = name in {each.name, each.short}
                found[each.name] = (each, by_itself or found.get(each.name, (each, False))[1])
        return list(found.values())

    def _actions(self, model: PolicyModel, resources: Sequence[tuple[Resource, bool]], path: Path) -> Iterator[str]:
        if model.actions == "all":
            for resource, _ in resources:
                yield from resource.actions
            return
        for index, verb in enumerate(model.actions):
            fitting = [resource for resource, _ in resources if verb in resource.verbs]
            yield from (f"{resource.name}:{verb}" for resource in fitting)
            if resources and not fitting:
                self.errors.append(self.document.error(_no_verb(verb, resources[0][0]), (*path, index)))
        for resource, by_itself in resources:
            # What was named with others may go without some of the actions, but not without all of them.
            if by_itself and len(resources) > 1 and not {*model.actions}.intersection(resource.verbs):
                self.errors.append(self.document.error(_no_verb(model.actions[0], resource), path, key=True))

    def _condition(self, model: PolicyModel, resources: Sequence[tuple[Resource, bool]], path: Path) -> All | None:
        if not model.conditions:
            return None
        recordless = [each.name for each, _ in resources if not self.catalogue.holds_records(each)]
        if recordless:
            message = Text(
                en=f"Conditions look at a record, and {listed(recordless)} has none; name documents or receivables.",
                ja=f"条件はレコードを調べますが、{listed(recordless)} にはありません。"
                "書類または receivables を指定してください。",
            )
            self.errors.append(self.document.error(message, path, key=True))
        condition, errors = read_conditions(
            self.document, self.catalogue.vocabulary, self.catalogue.subject, model.conditions, path
        )
        self.errors += errors
        for each in comparisons(condition):
            if each.predicate.operator == "changed" or each.predicate.path.partition(".")[0] == BEFORE:
                self._no_before(each.place.file, each.place.line, each.place.column)
            elif each.predicate.path.partition(".")[0] in DERIVED:
                self.errors.append(_derived(each))
        return condition

    def _lockout(
        self, who: Who, resources: Sequence[tuple[Resource, bool]], actions: frozenset[str], path: Path
    ) -> None:
        own = [action for resource, _ in resources if resource.group == "hub" for action in resource.actions]
        taken = sorted(actions.intersection(own))
        reached = [person.email for person in self.administrators if who.includes(person)]
        if not taken or not (who.everyone or who.administrators or reached):
            return
        names = listed(reached) if reached else "administrators"
        names_ja = listed(reached) if reached else "管理者"
        message = Text(
            en=f"This would lock out {names}: it forbids {listed(taken)}. Name the profiles it is meant for, "
            "or leave the hub's own out.",
            ja=f"{names_ja} が {listed(taken)} を実行できなくなります。対象のプロファイルを指定するか、"
            "ハブ自体の操作を外してください。",
        )
        self.errors.append(self.document.error(message, (*path, "effect")))

    def _twice(self, id: str, first: Path, second: Path) -> None:
        place = self.document.place(first)
        message = Text(en=f"There is another policy '{id}' at {place}.", ja=f"方針「{id}」は {place} にもあります。")
        self.errors.append(self.document.error(message, second))

    def _no_before(self, file: str, line: int, column: int) -> None:
        message = Text(
            en="A permission looks at a record as it is; nothing can have changed.",
            ja="権限はレコードの現在の内容だけを調べます。変化は条件にできません。",
        )
        self.errors.append(RuleFileError(message, path=file, line=line, column=column))


def _who(model: "str | WhoModel") -> Who:
    if isinstance(model, str):
        return Who(everyone=True)
    return Who(
        administrators=bool(model.administrators),
        profiles=frozenset(map(same, model.profiles)),
        roles=frozenset(map(same, model.roles)),
        users=frozenset(map(same, model.users)),
    )


def _no_verb(verb: str, resource: Resource) -> Text:
    hint = nearest(verb, resource.verbs)
    return Text(
        en=f"'{resource.name}' has no action '{verb}'.{hint.en}",
        ja=f"「{resource.name}」に「{verb}」という操作はありません。{hint.ja}",
    )


def _text(given: "str | TextModel") -> Text:
    return Text.same(given) if isinstance(given, str) else Text(en=given.en, ja=given.ja)


def _derived(comparison: Comparison) -> RuleFileError:
    root, place = comparison.predicate.path.partition(".")[0], comparison.place
    message = Text(
        en=f"A permission looks at the record and at what it refers to; '{root}' is known to automations alone.",
        ja=f"権限の条件で使えるのはレコードとその参照先だけです。「{root}」は自動化でのみ使えます。",
    )
    return RuleFileError(message, path=place.file, line=place.line, column=place.column, field="field")
