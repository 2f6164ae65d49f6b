"""What plugin authors may import of the kit: sorted, and nothing else."""

from types import ModuleType

from tsunagi import testing


def test_all_names_exactly_what_is_public() -> None:
    public = {
        name for name, value in vars(testing).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert list(testing.__all__) == sorted(testing.__all__)
    assert set(testing.__all__) == public


def test_every_test_of_the_contract_says_what_it_wants_in_its_name() -> None:
    names = [name for name in dir(testing.ConnectorContract) if name.startswith("test_")]
    assert len(names) > 35
    assert [name for name in names if len(name.split("_")) < 4] == []
