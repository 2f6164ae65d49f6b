"""`tsunagi receivables`: what is owed, by how long it has been due."""

from typing import Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import money, out, print_json, say_aside, table
from tsunagi.translation import gettext as _


def receivables(
    context: typer.Context,
    account: Annotated[str, typer.Option(metavar="ID", help=_("Only of this account."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.views.ageing import ageing, ageing_of
    from tsunagi.domain.records import RecordRef

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        ref = RecordRef(hub.registry.crm_service(), "account", account)
        found = ageing_of(hub.context, viewer, ref) if account else ageing(hub.context, viewer)
    if as_json:
        names = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days")
        print_json(
            [
                {
                    "service": row.service,
                    "owed": row.owed,
                    "documents": row.sums.count,
                    **dict(zip(names, row.sums.amounts, strict=True)),
                    "total": row.sums.total,
                    "base_total": row.sums.base_total,
                }
                for row in found
            ]
        )
        return
    if not found:
        say_aside(_("Nothing is owed."))
        return
    headings = (_("Not due yet"), _("1–30 days"), _("31–60 days"), _("61–90 days"), _("Over 90 days"), _("In all"))
    shown = table(_("Service"), *((heading, "right") for heading in headings))
    for row in found:
        shown.add_row(row.service, *(money(each) for each in row.sums.amounts), money(row.sums.total))
    out().print(shown)
