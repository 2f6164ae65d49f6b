"""The contract every connector keeps, as tests a plugin's own test inherits."""

from tsunagi.testing.abilities import Abilities
from tsunagi.testing.declaring import Declaring
from tsunagi.testing.failing import Failing
from tsunagi.testing.reading import Reading
from tsunagi.testing.writing import Writing


class ConnectorContract(Declaring, Reading, Writing, Failing, Abilities):
    """Subclass it, declare what to test, and provide a fixture `fake` that plays the service:

        @pytest.fixture(scope="module")
        def fake() -> Iterator[FakePayroll]:
            with FakePayroll() as fake:
                yield fake

        class TestPayroll(ConnectorContract):
            connector_type = PAYROLL
            entity_types = ENTITY_TYPES
            cases = (Case("payslip", amount="total"),)

    A test that cannot hold for a service is excused by its name, with the reason: it is shown as expected to fail,
    and must fail. `excused = {"test_pages_bring_every_record_once[item]": "the service cannot list items"}`.
    Tests can be excused, never overridden.
    """
