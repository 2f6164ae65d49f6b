"""The services of the sync machine, also for tests of single things it has found."""

from typing import Any

import pytest
from two_sides import TwoSides

from tsunagi.domain.directory import Person


@pytest.fixture
def two_sides(clock: Any) -> TwoSides:
    def passed(**time: float) -> Any:
        clock.pass_(**time)
        return clock()

    made = TwoSides(passed)
    made.crm.people = [Person("crm", "1", "hanako@example.com", "Hanako", "Administrator", administrator=True)]
    return made
