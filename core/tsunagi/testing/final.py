"""The contract's own rules: which case each test runs for, what may be excused, and that nothing is left out unseen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from _pytest.mark import ParameterSet

from tsunagi import ConnectorType, EntityType
from tsunagi.testing.fake import ServiceFake
from tsunagi.testing.subject import Case, Subject

# What a subclass declares; everything else is the contract's.
OPEN = frozenset({"connector_type", "entity_types", "cases", "excused"})

_LACKING = {
    "any_case": "no kind of record",
    "listed_case": "nothing that a sync lists",
    "unlisted_case": "a list of every kind it keeps",
    "created_case": "nothing that its connector creates",
    "updated_case": "nothing that its connector updates",
    "verbed_case": "no verb",
    "priced_case": "nothing that costs anything",
}


class Final:
    """What a plugin's test declares about its connector, and the guard over what it must not change.

    The fixture `fake` that plays the service is the test module's own, of any scope.
    """

    connector_type: ClassVar[ConnectorType]
    entity_types: ClassVar[Sequence[EntityType]]
    cases: ClassVar[Sequence[Case]]
    excused: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in ("test_no_test_is_overridden", "__init_subclass__"):
            if _found(cls, name) is not vars(Final)[name]:
                raise TypeError(f"{cls.__name__} must not redefine {name}: it guards the contract")
        if _found(cls, "__test__") is not None:
            raise TypeError(f"{cls.__name__} must not set __test__: excuse single tests, and say why")

    @pytest.fixture
    def subject(self, fake: ServiceFake) -> Iterator[Subject]:
        subject = Subject(self.connector_type, fake, self.cases)
        yield subject
        fake.calm()
        subject.close()

    @pytest.fixture(autouse=True)
    def excuse(self, request: pytest.FixtureRequest) -> None:
        """An excused test still runs, is shown with its reason, and must fail: an excuse nobody needs is a failure."""
        reason = self.excused.get(request.node.name) or self.excused.get(request.node.originalname)
        if reason:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """`any_case`, `listed_case` ... run a test once for each kind of record it makes sense for."""
        for name, chosen in self._chosen().items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, [_shown(case, name) for case in chosen] or [self._nothing(name)])

    def _nothing(self, name: str) -> ParameterSet:
        reason = f"{self.connector_type.service} has {_LACKING[name]}"
        return pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))

    def _chosen(self) -> dict[str, list[Case]]:
        listed = self.connector_type.listable
        return {
            "any_case": list(self.cases),
            "listed_case": [case for case in self.cases if case.entity in listed],
            "unlisted_case": [case for case in self.cases if case.unlisted],
            "created_case": [case for case in self.cases if case.new is not None],
            "updated_case": [case for case in self.cases if case.change is not None],
            "verbed_case": [case for case in self.cases if case.verb],
            "priced_case": [case for case in self.cases if case.amount],
        }

    def test_no_test_is_overridden(self) -> None:
        """A test may be excused with a reason; it may not be replaced, emptied or taken away."""
        final = {
            name: value
            for parent in type(self).__mro__
            if _is_ours(parent)
            for name, value in vars(parent).items()
            if name not in OPEN and not name.startswith("__")
        }
        changed = [name for name, value in final.items() if _found(type(self), name) is not value]
        assert not changed, f"overridden: {', '.join(sorted(changed))}; use `excused` and say why"
        tests = [name for name in final if name.startswith("test_")]
        unknown = [name for name in self.excused if name.partition("[")[0] not in tests]
        assert not unknown, f"excused, but no tests of the contract: {', '.join(unknown)}"
        unexplained = [name for name, reason in self.excused.items() if not reason.strip()]
        assert not unexplained, f"excused without a reason: {', '.join(unexplained)}"
        assert "test_no_test_is_overridden" not in self.excused, "the guard cannot be excused"


def _shown(case: Case, name: str) -> ParameterSet:
    left_out = [pytest.mark.skip(reason=case.unlisted)] if case.unlisted and name == "listed_case" else []
    return pytest.param(case, id=case.entity, marks=left_out)


def _is_ours(cls: type) -> bool:
    return cls.__module__.startswith("tsunagi.testing.")


def _found(cls: type, name: str) -> object:
    return next((vars(parent)[name] for parent in cls.__mro__ if name in vars(parent)), None)
