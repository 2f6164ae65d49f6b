"""Where callbacks are lost, the demo has the hub ask the CRM."""

import pytest

from tsunagi.embedding import Hub, connect, documents, load_settings, run_sync, start_sync
from tsunagi_demo.crm_user import CrmUser
from tsunagi_demo.sandbox import CREDENTIALS
from tsunagi_demo.watching import Watch
from zoho_sandbox.load import load_folder
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings


@pytest.fixture
def sandbox_url(company, tmp_path):
    settings = SandboxSettings(data=tmp_path / "sandbox.sqlite3", seed_data="empty")
    with running(settings, before=lambda opened: load_folder(opened, company.folder, company.mapping)) as sandbox:
        yield sandbox.base_url


@pytest.fixture
def hub(sandbox_url, tmp_path):
    """Synced once, and deaf: it is not served, so no callback reaches it."""
    with Hub(load_settings(home=tmp_path / "home", rules_dir=tmp_path / "none")) as opened:
        for service in ("crm", "books"):
            connect(opened.context, service, {"base_url": sandbox_url, **CREDENTIALS, "requests_per_minute": 0})
        opened.jobs.start(opened.context)
        run_sync(opened.context, opened.jobs, start_sync(opened.context, first=True))
        yield opened


def test_what_no_callback_told_is_found_by_a_sync(hub, sandbox_url):
    with CrmUser(sandbox_url) as user:
        stages = user.stages()
        won = user.won_stage(stages)
        deals = [deal.id for deal in user.open_deals(stages)][:3]
        user.change_deals([{"id": id, "Stage": won, "Amount": 250} for id in deals])
    watch = Watch(hub, quiet=0.05)
    watch.expect(dict.fromkeys(deals, won))
    told: list[int] = []
    watch.until_done(told.append)
    assert watch.missed == []
    assert told[-1] == 3
    assert documents(hub.context, "books", "invoice").count == 3


def test_a_deal_the_hub_never_hears_of_is_given_up(hub):
    watch = Watch(hub, quiet=0.05)
    watch.expect({"460000000000999999": "Signed"})
    watch.until_done(lambda _done: None)
    assert [ref.id for ref in watch.missed] == ["460000000000999999"]


def test_rows_the_crm_refuses_are_told_one_by_one(sandbox_url):
    with CrmUser(sandbox_url) as user:
        stages = user.stages()
        deal = next(iter(user.open_deals(stages)))
        refused = user.change_deals([{"id": deal.id, "Stage": "Nowhere"}, {"id": deal.id, "Amount": 7}])
    assert [refusal.row["Stage"] for refusal in refused] == ["Nowhere"]
    assert "Stage" in refused[0].reason
