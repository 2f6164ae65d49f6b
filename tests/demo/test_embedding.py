"""The public API for programs that run a hub inside themselves."""

from types import ModuleType

from tsunagi import embedding


def test_all_names_exactly_what_is_public() -> None:
    public = {
        name
        for name, value in vars(embedding).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert list(embedding.__all__) == sorted(embedding.__all__)
    assert set(embedding.__all__) == public
