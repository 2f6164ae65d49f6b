"""A document as a PDF file, fetched from its service."""

from tsunagi.app.access.permissions import require_document
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.domain.mail import Printed, Printing
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, RecordUnusable
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.documents import Documents
from tsunagi.text import Text


def print_document(context: Context, actor: Person | None, ref: RecordRef) -> Printed:
    """Raises PermissionDenied, RecordUnusable for an unknown one, ConfigError where the service gives no PDF."""
    require_document(context, actor, ref, VIEW)
    with context.store.read() as session:
        known = Documents(session).get(ref)
    if known is None:
        raise RecordUnusable(
            Text(en=f"There is no document {ref}.", ja=f"書類 {ref} はありません。"), ref=str(ref), field=""
        )
    connector = context.connectors.get(ref.service)
    if not isinstance(connector, Printing):
        raise ConfigError(
            Text(
                en=f"'{ref.service}' does not give documents as PDF.",
                ja=f"「{ref.service}」は書類の PDF 出力に対応していません。",
            )
        )
    return connector.pdf(ref)
