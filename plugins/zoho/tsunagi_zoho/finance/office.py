"""A connected finance organisation with everything its service can do beyond keeping records."""

from tsunagi import Mail, Person, Printed, Rate, RecordRef, RecordRejected, ServicePlan, Text
from tsunagi_zoho.finance.connector import FinanceConnector
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.mailing import proposed_addresses, send
from tsunagi_zoho.finance.people import all_people, current_person
from tsunagi_zoho.finance.plans import read_plan, read_rates
from tsunagi_zoho.finance.printing import printed


class FinanceOffice(FinanceConnector):
    """Adds people (tsunagi.Directory) and the plan with its rates (tsunagi.Plans)."""

    def me(self) -> Person:
        return current_person(self._calls)

    def people(self) -> tuple[Person, ...]:
        return all_people(self._calls)

    def plan(self) -> ServicePlan:
        return read_plan(self._calls, [kind for kind in self._kinds.values() if kind.prints])

    def rates(self) -> tuple[Rate, ...]:
        return read_rates(self._calls)


class BillingOffice(FinanceOffice):
    """Adds documents as PDF (tsunagi.Printing) and by e-mail (tsunagi.Mailing)."""

    def pdf(self, ref: RecordRef) -> Printed:
        return printed(self._calls, self._document_kind(ref), ref)

    def email(self, ref: RecordRef, mail: Mail) -> None:
        send(self._calls, self._document_kind(ref), ref, mail)

    def addresses(self, ref: RecordRef) -> tuple[str, ...]:
        return proposed_addresses(self._calls, self._document_kind(ref), ref)

    def _document_kind(self, ref: RecordRef) -> Kind:
        """Raises RecordRejected for a record that is no document."""
        kind = self._kind(ref.entity)
        if kind.prints:
            return kind
        printable = ", ".join(each.entity for each in self._kinds.values() if each.prints)
        raise RecordRejected(
            Text(
                en=f"{ref} is no document; {self.service} prints and mails only: {printable}.",
                ja=f"{ref} は文書ではありません。{self.service} で印刷・送信できるもの: {printable}",
            ),
            service=self.service,
            problems={"entity": f"'{ref.entity}' is not one of {printable}"},
        )
