"""What does not add up among documents and customers is found from the store alone."""

import sys
import tracemalloc
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "company"))
from filled_hub import document, filled_hub, take_in

from tsunagi import Money, RecordRef
from tsunagi.app.sync.reconciliation import reconcile
from tsunagi.hub import Hub


def causes(hub: Hub) -> dict[str, list[str]]:
    found = reconcile(hub.context, None, limit=1000)
    assert sum(found.counts.values()) == len(found.differences)
    told: dict[str, list[str]] = {}
    for each in found.differences:
        told.setdefault(each.cause, []).append(str(each.right))
    return told


def test_sums_that_do_not_add_up(tmp_path: Path) -> None:
    with filled_hub(tmp_path) as hub:
        found = causes(hub)
        # What the customer owes in dollars is on a draft, which counts for nothing yet.
        assert found["customer_balance"] == ["books:customer:7001"]
        assert "document_total" not in found
        assert {"books:invoice:9002", "ledger:note:5001"} <= set(found["document_without_deal"])

        owed = document("INV-9", "100", "USD", customer=RecordRef("books", "customer", "7001"), status="sent")
        wrong = {**owed, "total": Money(Decimal(99), "USD")}
        void = {**wrong, "status": "void"}
        take_in(hub, "books", "invoice", ("9009", wrong), ("9010", void))
        take_in(
            hub,
            "books",
            "invoice",
            ("9011", document("INV-11", "954.5", "USD", customer=owed["customer"], status="sent")),
        )
        found = causes(hub)
        assert found["document_total"] == ["books:invoice:9009"]
        assert "customer_balance" not in found, "100 and 954.5 make what is owed"


def test_memory_stays_flat_however_many_differ(tmp_path: Path) -> None:
    def peak(hub: Hub) -> int:
        tracemalloc.start()
        found = reconcile(hub.context, None, pairs=["books.customers"], limit=5)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(found.of("missing")) == 5
        return most

    with filled_hub(tmp_path) as hub:
        take_in(hub, "crm", "account", *((f"3{n:06}", {"name": f"Company {n}"}) for n in range(500)))
        reconcile(hub.context, None, pairs=["books.customers"])
        few = peak(hub)
        for page in range(10):
            rows = ((f"4{page}{n:06}", {"name": f"Firm {page} {n}"}) for n in range(500))
            take_in(hub, "crm", "account", *rows)
        # Ten times as many.
        assert peak(hub) < few * 2
