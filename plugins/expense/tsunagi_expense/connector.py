"""How Expense is reached."""

from collections.abc import Sequence

from tsunagi import ConnectorContext, ConnectorType, Feature, Organization, ServicePlan, Text
from tsunagi_expense.kinds import EXPENSE, EXPENSE_TYPE, KINDS, NAME, REPORT, REPORT_TYPE
from tsunagi_zoho import ZohoSettings
from tsunagi_zoho.finance.office import FinanceOffice
from tsunagi_zoho.finance.organizations import finance_client, list_organizations
from tsunagi_zoho.finance.plans import read_plan

LABEL = Text.same("Zoho Expense")
BASE_PATH = "/expense/v1"


class ExpenseConnector(FinanceOffice):
    """One organisation of Zoho Expense. Nothing is mailed and nothing is printed there."""

    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(context, service=NAME, base_path=BASE_PATH, kinds=KINDS)

    def plan(self) -> ServicePlan:
        return read_plan(self._calls, (EXPENSE, REPORT))


def probe(context: ConnectorContext) -> Sequence[Organization]:
    with finance_client(context, NAME, BASE_PATH) as client:
        return list_organizations(client)


EXPENSE_SERVICE = ConnectorType(
    service=NAME,
    label=LABEL,
    side="finance",
    settings=ZohoSettings,
    build=ExpenseConnector,
    probe=probe,
    entities=tuple(kind.entity for kind in KINDS),
    features=(
        Feature("expenses", EXPENSE_TYPE.plural, ("expense",)),
        Feature("expense_reports", REPORT_TYPE.plural, ("expense_report",)),
    ),
    create_by_hand=Text(
        en=(
            "Sign in to Zoho Expense with the same Zoho account, choose 'New organization', and give it the name,"
            " country, base currency and time zone you want. Then connect again: it is listed."
        ),
        ja=(
            "同じ Zoho アカウントで Zoho Expense にサインインし、「新しい組織」を選んで、名称・国・基準通貨・"
            "タイムゾーンを設定してください。その後もう一度接続すると、一覧に表示されます。"
        ),
    ),
)
