"""The vendor's own Python SDK for CRM v8, as published, against the sandbox."""

import datetime as dt
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from zoho_sandbox.server import Running

pytest.importorskip("zohocrmsdk", reason="the vendor's SDK is a development dependency: install locks/dev.txt")
_API = "zohocrmsdk.src.com.zoho.crm.api"
_FIRST = "Qualification"


def part(name: str) -> Any:
    """A module of the SDK: `part("record")`. It has no types."""
    return import_module(f"{_API}.{name}")


@pytest.fixture(scope="module")
def sdk(shared: Running, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The SDK, signed in to the sandbox."""
    folder = tmp_path_factory.mktemp("sdk")
    authenticator = "zohocrmsdk.src.com.zoho.api.authenticator"
    token = import_module(f"{authenticator}.oauth_token").OAuthToken(
        client_id="1000.SANDBOX", client_secret="sandbox-secret", refresh_token="1000.sandbox-refresh"
    )
    (folder / "tokens.csv").touch()
    base, logger = shared.base_url, import_module("zohocrmsdk.src.com.zoho.api.logger").Logger
    part("initializer").Initializer.initialize(
        environment=part("dc.data_center").DataCenter.Environment(base, f"{base}/oauth/v2/token", base),
        token=token,
        store=import_module(f"{authenticator}.store.file_store").FileStore(str(folder / "tokens.csv")),
        sdk_config=part("sdk_config").SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(folder),
        logger=logger.get_instance(level=logger.Levels.ERROR, file_path=str(folder / "sdk.log")),
    )
    return part("record")


def good(response: Any) -> Any:
    """What the SDK made of an answer; fails with what an error says."""
    answered = response.get_object()
    found = [answered, *(getattr(answered, "get_data", list)() or [])]
    wrong = [each for each in found if type(each).__name__ == "APIException"]
    assert not wrong, (
        response.get_status_code(),
        [(each.get_code().get_value(), each.get_details()) for each in wrong],
    )
    return answered


def made(sdk: Any, module: str, **fields: Any) -> int:
    record, body = sdk.Record(), sdk.BodyWrapper()
    for name, value in fields.items():
        record.add_key_value(name, value)
    body.set_data([record])
    outcome = good(sdk.RecordOperations(module).create_records(body, part("header_map").HeaderMap()))
    return int(outcome.get_data()[0].get_details()["id"])


def shown(sdk: Any, module: str, record_id: int) -> Any:
    headers, query = part("header_map").HeaderMap(), part("parameter_map").ParameterMap()
    return good(sdk.RecordOperations(module).get_record(record_id, query, headers)).get_data()[0]


def ref(sdk: Any, record_id: int) -> Any:
    record = sdk.Record()
    record.set_id(record_id)
    return record


def asked(*pairs: tuple[Any, Any]) -> Any:
    query = part("parameter_map").ParameterMap()
    for name, value in pairs:
        query.add(name, value)
    return query


def test_records_are_made_read_changed_found_and_deleted(sdk: Any) -> None:
    choice, headers = part("util.choice").Choice, part("header_map").HeaderMap()
    account = made(sdk, "Accounts", Account_Name="SDK", Annual_Revenue=1200.5)
    day = dt.date(2026, 12, 1)
    deal = made(sdk, "Deals", Deal_Name="D", Stage=choice(_FIRST), Account_Name=ref(sdk, account), Closing_Date=day)
    record = shown(sdk, "Deals", deal)
    assert (record.get_key_value("Closing_Date"), record.get_key_value("Account_Name").get_id()) == (day, account)
    change, body = sdk.Record(), sdk.BodyWrapper()
    change.add_key_value("Stage", choice("Closed Won"))
    body.set_data([change])
    good(sdk.RecordOperations("Deals").update_record(deal, body, headers))
    assert shown(sdk, "Deals", deal).get_key_value("Probability") == 100
    listed = sdk.RecordOperations("Accounts").get_records(asked((sdk.GetRecordsParam.fields, "Account_Name")), headers)
    assert account in {each.get_id() for each in good(listed).get_data()}
    query = asked((sdk.SearchRecordsParam.criteria, "(Account_Name:equals:SDK)"))
    assert good(sdk.RecordOperations("Accounts").search_records(query, headers)).get_data()[0].get_id() == account
    good(sdk.RecordOperations("Deals").delete_record(deal, asked(), headers))
    gone = sdk.RecordOperations("Deals").get_deleted_records(asked((sdk.GetDeletedRecordsParam.type, "all")), headers)
    assert [each.get_id() for each in good(gone).get_data()] == [deal]


def test_a_quote_keeps_its_line_items(sdk: Any) -> None:
    product = made(sdk, "Products", Product_Name="Sensor", Unit_Price=1200.0)
    line = sdk.Record()
    line.add_key_value("Product_Name", ref(sdk, product))
    line.add_key_value("Quantity", 2.0)
    quote = made(sdk, "Quotes", Subject="Sensors", Quoted_Items=[line])
    (item,) = shown(sdk, "Quotes", quote).get_key_value("Quoted_Items")
    assert Decimal(item.get_key_value("Total")) == 2400


def test_tags_files_and_bulk_reads(sdk: Any, tmp_path: Path) -> None:
    account = made(sdk, "Accounts", Account_Name="Beside")
    tags, tag, body = part("tags"), part("tags").Tag(), part("tags").NewTagRequestWrapper()
    tag.set_name("Key")
    body.set_tags([tag])
    good(tags.TagsOperations().add_tags("Accounts", account, body, asked()))
    named = good(tags.TagsOperations().get_tags(asked((tags.GetTagsParam.module, "Accounts"))))
    assert [each.get_name() for each in named.get_tags()] == ["Key"]

    files, form = part("attachments"), part("attachments").FileBodyWrapper()
    (tmp_path / "terms.txt").write_text("30 days")
    with (tmp_path / "terms.txt").open("rb") as stream:
        form.set_file(part("util").StreamWrapper(name="terms.txt", stream=stream))
        sent = good(files.AttachmentsOperations().upload_attachments(account, "Accounts", form))
    file_id = int(sent.get_data()[0].get_details()["id"])
    fetched = good(files.AttachmentsOperations().get_attachment(file_id, account, "Accounts"))
    assert fetched.get_file().get_stream().content == b"30 days"

    bulk, query, job = part("bulk_read"), part("bulk_read").Query(), part("bulk_read").BodyWrapper()
    module = part("modules").MinifiedModule()
    module.set_api_name("Accounts")
    query.set_module(module)
    query.set_fields(["Account_Name"])
    job.set_query(query)
    operations = bulk.BulkReadOperations()
    job_id = int(good(operations.create_bulk_read_job(job)).get_data()[0].get_details()["id"])
    states = [good(operations.get_bulk_read_job_details(job_id)).get_data()[0].get_state() for _ in range(2)]
    assert [state.get_value() for state in states] == ["IN PROGRESS", "COMPLETED"]
    assert type(good(operations.download_result(job_id))).__name__ == "FileBodyWrapper"


def test_the_settings_are_read(sdk: Any) -> None:
    modules = good(part("modules").ModulesOperations().get_modules(asked(), part("header_map").HeaderMap()))
    assert {"Deals", "Quotes"} <= {each.get_api_name() for each in modules.get_modules()}
    for name, noun in (
        ("fields", "Fields"),
        ("layouts", "Layouts"),
        ("custom_views", "CustomViews"),
        ("related_lists", "RelatedLists"),
    ):
        settings = part(name)
        operations = getattr(settings, f"{noun}Operations")()
        query = asked((getattr(settings, f"Get{noun}Param").module, "Deals"))
        assert getattr(good(getattr(operations, f"get_{name}")(query)), f"get_{name}")()
    users = part("users")
    found = users.UsersOperations().get_users(
        asked((users.GetUsersParam.type, "AllUsers")), part("header_map").HeaderMap()
    )
    assert len(good(found).get_users()) == 2
    roles = good(part("contact_roles").ContactRolesOperations().get_roles()).get_contact_roles()
    assert "Decision Maker" in {role.get_name() for role in roles}
