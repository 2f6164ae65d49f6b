"""What hangs on records: tags, attachments, the roles of contacts in deals; and reading in bulk."""

import csv
import io
import zipfile
from typing import Any

import httpx2
import pytest


def made(api: httpx2.Client, module: str, **fields: Any) -> str:
    answer = api.post(f"/crm/v8/{module}", json={"data": [fields]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"][0]["details"]["id"])


@pytest.fixture
def account(api: httpx2.Client) -> str:
    return made(api, "Accounts", Account_Name="Acme")


def test_tags_are_made_given_and_taken(api: httpx2.Client, account: str) -> None:
    query = {"module": "Accounts"}
    answer = api.post("/crm/v8/settings/tags", params=query, json={"tags": [{"name": "Key"}, {"name": "x" * 26}]})
    assert answer.status_code == 207
    key = answer.json()["tags"][0]["details"]["id"]
    again = api.post("/crm/v8/settings/tags", params=query, json={"tags": [{"name": "key"}]})
    assert (again.status_code, again.json()["tags"][0]["code"]) == (400, "DUPLICATE_DATA")

    path = f"/crm/v8/Accounts/{account}/actions"
    answer = api.post(f"{path}/add_tags", json={"tags": [{"name": "Key"}, {"name": "New"}]}).json()
    assert [tag["name"] for tag in answer["data"][0]["details"]["tags"]] == ["Key", "New"]
    assert answer["success_count"] == "1"
    (record,) = api.get(f"/crm/v8/Accounts/{account}").json()["data"]
    assert record["Tag"][0] == {"id": key, "name": "Key", "color_code": None}
    counted = api.get(f"/crm/v8/settings/tags/{key}/actions/records_count", params=query)
    assert counted.json() == {"count": "1"}
    api.post("/crm/v8/Accounts/actions/remove_tags", json={"tags": [{"id": key}], "ids": [account]})
    listed = api.get("/crm/v8/Accounts", params={"fields": "Tag", "ids": account}).json()["data"]
    assert [tag["name"] for tag in listed[0]["Tag"]] == ["New"]
    # A record's own body may name its tags, all of them.
    api.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Tag": [{"name": "Old"}]}]})
    (record,) = api.get(f"/crm/v8/Accounts/{account}").json()["data"]
    assert [tag["name"] for tag in record["Tag"]] == ["Old"]
    old = record["Tag"][0]["id"]
    merged = api.post(f"/crm/v8/settings/tags/{old}/actions/merge", json={"tags": [{"conflict_id": key}]})
    assert merged.json()["tags"][0]["details"]["id"] == key
    assert api.delete(f"/crm/v8/settings/tags/{old}").status_code == 400
    renamed = api.put(f"/crm/v8/settings/tags/{key}", params=query, json={"tags": [{"name": "Best"}]})
    assert renamed.json()["tags"][0]["message"] == "tags updated successfully"
    assert {"New", "Best"} <= {tag["name"] for tag in api.get("/crm/v8/settings/tags", params=query).json()["tags"]}
    assert api.delete(f"/crm/v8/settings/tags/{key}").json()["tags"][0]["message"] == "tags deleted successfully"
    (record,) = api.get(f"/crm/v8/Accounts/{account}").json()["data"]
    assert record["Tag"] == []


def test_files_are_attached_listed_read_and_deleted(api: httpx2.Client, account: str) -> None:
    path = f"/crm/v8/Accounts/{account}/Attachments"
    fields = {"fields": "id,File_Name,Size,Parent_Id"}
    assert api.get(path, params=fields).status_code == 204
    content = b"{not json}\x00\xff" * 1000
    answer = api.post(path, files={"file": ("見積.bin", content)}).json()["data"][0]
    assert (answer["code"], answer["message"]) == ("SUCCESS", "attachment uploaded successfully")
    api.post(path, params={"attachmentUrl": "https://files.example/terms.pdf", "title": "Terms"})
    link, file = api.get(path, params=fields).json()["data"]
    assert (link["File_Name"], link["$link_url"]) == ("Terms", "https://files.example/terms.pdf")
    assert (file["File_Name"], file["Size"]) == ("見積.bin", str(len(content)))
    assert file["Parent_Id"] == {"id": account, "name": "Acme"}
    assert api.get(f"{path}/{file['id']}").content == content
    assert api.post(path).json()["code"] == "INVALID_REQUEST"
    assert api.get("/crm/v8/Accounts/4711/Attachments", params=fields).json()["code"] == "INVALID_DATA"
    assert api.delete(f"{path}/{file['id']}").json()["data"][0]["message"] == "record deleted"
    assert api.get(f"{path}/{file['id']}").status_code == 204
    assert api.delete(path, params={"ids": f"{link['id']},{file['id']}"}).status_code == 207


def test_contacts_play_roles_in_a_deal(api: httpx2.Client) -> None:
    roles = {role["name"]: role["id"] for role in api.get("/crm/v8/Contacts/roles").json()["contact_roles"]}
    added = api.post("/crm/v8/Contacts/roles", json={"contact_roles": [{"name": "Buyer"}]}).json()
    buyer = added["contact_roles"][0]["details"]["id"]
    deal = made(api, "Deals", Deal_Name="Sensors", Stage="Qualification")
    sato, ito = made(api, "Contacts", Last_Name="Sato"), made(api, "Contacts", Last_Name="Ito")
    path = f"/crm/v8/Deals/{deal}/Contact_Roles"
    assert api.get(path, params={"fields": "Last_Name"}).status_code == 204
    role = {"id": roles["Decision Maker"]}
    answer = api.put(f"{path}/{sato}", json={"data": [{"Contact_Role": role}]})
    assert answer.json()["data"][0]["message"] == "relation updated"
    assert api.put(path, json={"data": [{"id": ito, "Contact_Role": {"name": "Buyer"}}]}).status_code == 200
    wrong = api.put(f"{path}/{ito}", json={"data": [{"Contact_Role": "Nobody"}]})
    assert wrong.json()["data"][0]["code"] == "INVALID_DATA"
    listed = api.get(path, params={"fields": "Last_Name"}).json()["data"]
    assert [(each["Last_Name"], each["Contact_Role"]["name"]) for each in listed] == [
        ("Ito", "Buyer"),
        ("Sato", "Decision Maker"),
    ]
    renamed = api.put(f"/crm/v8/Contacts/roles/{buyer}", json={"contact_roles": [{"name": "Purchaser"}]})
    assert renamed.json()["contact_roles"][0]["message"] == "contact role updated"
    assert api.get(f"/crm/v8/Contacts/roles/{buyer}").json()["contact_roles"][0]["name"] == "Purchaser"
    assert api.delete("/crm/v8/Contacts/roles", params={"ids": buyer}).status_code == 200
    assert api.delete(f"{path}/{sato}").json()["data"][0]["message"] == "relation removed"
    (left,) = api.get(path, params={"fields": "Last_Name"}).json()["data"]
    assert (left["id"], left["Contact_Role"]) == (ito, None)


def test_a_bulk_read_is_asked_for_watched_and_fetched(api: httpx2.Client, listener: Any) -> None:
    account = made(api, "Accounts", Account_Name="Bulk, Ltd", Phone="1")
    made(api, "Contacts", Last_Name="Sato", Account_Name={"id": account})
    wanted = {"field": {"api_name": "Account_Name"}, "comparator": "equal", "value": account}
    query = {
        "module": {"api_name": "Contacts"},
        "fields": ["Last_Name", "Account_Name", "Account_Name.Account_Name", "Email_Opt_Out"],
        "criteria": wanted,
    }
    body = {"query": query, "callback": {"url": listener.url, "method": "post"}}
    answer = api.post("/crm/bulk/v8/read", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"][0]["details"]["state"] == "ADDED"
    path = f"/crm/bulk/v8/read/{answer.json()['data'][0]['details']['id']}"
    assert api.get(f"{path}/result").json()["code"] == "RESOURCE_NOT_FOUND"
    states = [api.get(path).json()["data"][0]["state"] for _ in range(2)]
    assert states == ["IN PROGRESS", "COMPLETED"]
    result = api.get(path).json()["data"][0]["result"]
    assert (result["count"], result["more_records"]) == (1, False)
    assert listener.next()["state"] == "COMPLETED"
    with zipfile.ZipFile(io.BytesIO(api.get(result["download_url"]).content)) as archive:
        (name,) = archive.namelist()
        (row,) = csv.DictReader(io.StringIO(archive.read(name).decode()))
    assert (row["Last_Name"], row["Account_Name"], row["Email_Opt_Out"]) == ("Sato", account, "false")
    assert row["Account_Name.Account_Name"] == "Bulk, Ltd"
    for wrong, code in (
        ({"module": {"api_name": "Nothing"}}, "MODULE_NOT_SUPPORTED"),
        ({**query, "page": 501}, "PAGE_RANGE_EXCEEDED"),
        ({**query, "criteria": {"field": {"api_name": "X"}, "comparator": "equal", "value": 1}}, "INVALID_CRITERIA"),
    ):
        assert api.post("/crm/bulk/v8/read", json={"query": wrong}).json()["code"] == code
    assert api.get("/crm/bulk/v8/read/4711").status_code == 404
