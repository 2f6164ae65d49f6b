"""Notes, at their own address and under their records."""

import httpx2
import pytest

FIELDS = {"fields": "Note_Title,Note_Content,Parent_Id"}


@pytest.fixture
def account(api: httpx2.Client) -> str:
    made = api.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Birch"}]}).json()["data"][0]
    return str(made["details"]["id"])


def test_a_note_is_written_read_changed_and_deleted(api: httpx2.Client, account: str) -> None:
    made = api.post(f"/crm/v8/Accounts/{account}/Notes", json={"data": [{"Note_Title": "Call", "Note_Content": "x"}]})
    assert made.status_code == 201
    note = made.json()["data"][0]["details"]["id"]
    (listed,) = api.get(f"/crm/v8/Accounts/{account}/Notes", params=FIELDS).json()["data"]
    assert (listed["id"], listed["Note_Title"], listed["Parent_Id"]["name"]) == (note, "Call", "Birch")
    assert api.put(f"/crm/v8/Notes/{note}", json={"data": [{"Note_Content": "y"}]}).status_code == 200
    shown = api.get(f"/crm/v8/Notes/{note}").json()["data"][0]
    assert (shown["Note_Title"], shown["Note_Content"]) == ("Call", "y")
    assert api.delete(f"/crm/v8/Notes/{note}").json()["data"][0]["message"] == "record deleted"
    assert api.get(f"/crm/v8/Notes/{note}").status_code == 204
    assert api.get(f"/crm/v8/Accounts/{account}/Notes", params=FIELDS).status_code == 204


def test_each_note_of_a_call_has_an_outcome(api: httpx2.Client, account: str) -> None:
    parent = {"module": {"api_name": "Accounts"}, "id": account}
    rows = [
        {"Note_Content": "x", "Parent_Id": parent},
        {"Note_Content": "x"},
        {"Parent_Id": parent},
        {"Note_Content": "x", "Parent_Id": {**parent, "id": "1"}},
        {"Note_Content": "x", "Note_Title": "t" * 121, "Parent_Id": parent},
    ]
    answer = api.post("/crm/v8/Notes", json={"data": rows})
    assert answer.status_code == 207
    codes = [item["code"] for item in answer.json()["data"]]
    assert codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "MANDATORY_NOT_FOUND", "INVALID_DATA", "INVALID_DATA"]
    note = answer.json()["data"][0]["details"]["id"]
    assert note in {item["id"] for item in api.get("/crm/v8/Notes", params=FIELDS).json()["data"]}
    gone = api.delete("/crm/v8/Notes", params={"ids": f"{note},1"})
    assert (gone.status_code, [item["status"] for item in gone.json()["data"]]) == (207, ["success", "error"])


def test_a_merge_takes_the_notes_along(api: httpx2.Client, account: str) -> None:
    other = api.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Birch Ltd"}]}).json()["data"][0]["details"][
        "id"
    ]
    api.post(f"/crm/v8/Accounts/{other}/Notes", json={"data": [{"Note_Content": "kept"}]})
    merge = {"merge": [{"data": [{"id": other}], "master_record_fields": []}]}
    assert api.post(f"/crm/v8/Accounts/{account}/actions/merge", json=merge).status_code == 201
    (note,) = api.get(f"/crm/v8/Accounts/{account}/Notes", params=FIELDS).json()["data"]
    assert note["Note_Content"] == "kept"
