"""How Subscriptions is reached."""

from collections.abc import Sequence

from tsunagi import (
    ConnectorContext,
    ConnectorType,
    Feature,
    Organization,
    Record,
    RecordRef,
    RecordRejected,
    ServicePlan,
    Text,
)
from tsunagi_subscriptions.calls import BillingCalls
from tsunagi_subscriptions.customers import CUSTOMER
from tsunagi_subscriptions.documents import INVOICE, INVOICE_TYPE, NAME, SUBSCRIPTION, SUBSCRIPTION_TYPE, VERB_PATHS
from tsunagi_zoho import ZohoSettings
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.office import BillingOffice
from tsunagi_zoho.finance.organizations import finance_client, list_organizations
from tsunagi_zoho.finance.plans import read_plan

LABEL = Text("Zoho Subscriptions", "Zoho Subscriptions")
BASE_PATH = "/billing/v1"
_KINDS = (CUSTOMER, SUBSCRIPTION, INVOICE)


class SubscriptionsConnector(BillingOffice):
    """One organisation of Zoho Subscriptions. Its invoices can be printed and mailed."""

    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(context, service=NAME, base_path=BASE_PATH, kinds=_KINDS)
        self._calls = BillingCalls(self._calls.client, self._calls.organization_id)

    def plan(self) -> ServicePlan:
        return read_plan(self._calls, (SUBSCRIPTION, INVOICE))

    def addresses(self, ref: RecordRef) -> tuple[str, ...]:
        """Billing proposes no readers: an invoice names its customer's address. One call."""
        row = self._read(self._document_kind(ref), ref)
        address = row.text("email")
        return (address,) if address else ()

    def _perform(self, kind: Kind, ref: RecordRef, verb: str, reached: frozenset[str]) -> Record:
        try:
            self._calls.post(f"/{kind.path}/{ref.id}/{VERB_PATHS[verb]}", repeatable=True)
        except RecordRejected:
            record = self.get(ref)
            # Refused because it was done before, by us or by somebody else.
            if record.fields.get("status") in reached:
                return record
            raise
        return self.get(ref)


def probe(context: ConnectorContext) -> Sequence[Organization]:
    with finance_client(context, NAME, BASE_PATH) as client:
        return list_organizations(client)


SUBSCRIPTIONS = ConnectorType(
    service=NAME,
    label=LABEL,
    side="finance",
    settings=ZohoSettings,
    build=SubscriptionsConnector,
    probe=probe,
    entities=tuple(kind.entity for kind in _KINDS),
    features=(
        Feature("subscriptions", SUBSCRIPTION_TYPE.plural, ("subscription",)),
        Feature("invoices", INVOICE_TYPE.plural, ("invoice",)),
    ),
    create_by_hand=Text(
        en=(
            "Sign in to Zoho Billing with the same Zoho account, choose 'New organization', and give it the name,"
            " country, base currency and time zone you want. Then connect again: it is listed."
        ),
        ja=(
            "同じ Zoho アカウントで Zoho Billing にサインインし、「新しい組織」を選んで、名称・国・基準通貨・"
            "タイムゾーンを設定してください。その後もう一度接続すると、一覧に表示されます。"
        ),
    ),
)
