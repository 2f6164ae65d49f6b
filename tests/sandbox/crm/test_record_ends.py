"""Records that are deleted, restored, removed for good, merged and cloned."""

from typing import Any

import httpx2

NOWHERE = "1" * 18


def made(api: httpx2.Client, module: str, **row: Any) -> str:
    return str(api.post(f"/crm/v8/{module}", json={"data": [row]}).json()["data"][0]["details"]["id"])


def shown(api: httpx2.Client, module: str, record_id: str) -> dict[str, Any] | None:
    answer = api.get(f"/crm/v8/{module}/{record_id}")
    return None if answer.status_code == 204 else answer.json()["data"][0]


def deleted(api: httpx2.Client, module: str, kind: str = "all") -> dict[str, dict[str, Any]]:
    answer = api.get(f"/crm/v8/{module}/deleted", params={"type": kind})
    return {} if answer.status_code == 204 else {item["id"]: item for item in answer.json()["data"]}


def test_a_deleted_record_is_in_the_recycle_bin_and_comes_back_as_it_was(api: httpx2.Client) -> None:
    account = made(api, "Accounts", Account_Name="Birch", Phone="1")
    deal = made(api, "Deals", Deal_Name="D", Stage="Qualification", Account_Name={"id": account})
    api.delete(f"/crm/v8/Accounts/{account}")
    (item,) = api.get("/crm/v8/settings/recycle_bin", params={"ids": account}).json()["recycle_bin"]
    assert (item["display_name"], item["module"]["api_name"]) == ("Birch", "Accounts")
    assert shown(api, "Deals", deal)["Account_Name"] is None  # type: ignore[index]
    assert api.post(f"/_sandbox/crm/recycle_bin/{account}/restore").status_code == 200
    assert shown(api, "Accounts", account)["Phone"] == "1"  # type: ignore[index]
    assert shown(api, "Deals", deal)["Account_Name"]["id"] == account  # type: ignore[index]
    assert account not in deleted(api, "Accounts")
    assert api.post(f"/_sandbox/crm/recycle_bin/{account}/restore").status_code == 400


def test_what_is_removed_from_the_bin_is_listed_as_permanent(api: httpx2.Client) -> None:
    kept, gone = (made(api, "Vendors", Vendor_Name=name) for name in ("kept", "gone"))
    api.delete("/crm/v8/Vendors", params={"ids": f"{kept},{gone}"})
    answer = api.delete("/crm/v8/settings/recycle_bin", params={"ids": f"{gone},{NOWHERE}"})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["recycle_bin"]] == ["success", "error"]
    assert api.get(f"/crm/v8/settings/recycle_bin/{gone}").status_code == 204
    assert (set(deleted(api, "Vendors", "recycle")), set(deleted(api, "Vendors", "permanent"))) == ({kept}, {gone})
    assert deleted(api, "Vendors")[gone]["display_name"] is None
    assert api.delete(f"/crm/v8/settings/recycle_bin/{gone}").status_code == 400


def test_a_merge_leaves_one_record_to_which_everything_points(api: httpx2.Client) -> None:
    master, other = (
        made(api, "Accounts", Account_Name="Alder", Phone="1"),
        made(api, "Accounts", Account_Name="Alder Ltd", Phone="2", Website="alder.example"),
    )
    person = made(api, "Contacts", Last_Name="Holt", Account_Name={"id": other})
    body = {"merge": [{"data": [{"id": other, "_fields": [{"api_name": "Website"}]}], "master_record_fields": []}]}
    answer = api.post(f"/crm/v8/Accounts/{master}/actions/merge", json=body)
    assert answer.status_code == 201
    job = answer.json()["merge"][0]["details"]["job_id"]
    done = api.get(f"/crm/v8/Accounts/{master}/actions/merge", params={"job_id": job}).json()["merge"][0]
    assert done["status"] == "COMPLETED"
    record = shown(api, "Accounts", master)
    assert record is not None
    assert (record["Account_Name"], record["Phone"], record["Website"]) == ("Alder", "1", "alder.example")
    assert shown(api, "Accounts", other) is None
    assert deleted(api, "Accounts")[other]["type"] == "permanent"
    assert shown(api, "Contacts", person)["Account_Name"]["id"] == master  # type: ignore[index]


def test_what_cannot_be_merged(api: httpx2.Client) -> None:
    account = made(api, "Accounts", Account_Name="Oak")
    deal = made(api, "Deals", Deal_Name="D", Stage="Qualification")

    def refusal(module: str, record_id: str, *others: str) -> str:
        body = {"merge": [{"data": [{"id": other} for other in others], "master_record_fields": []}]}
        answer = api.post(f"/crm/v8/{module}/{record_id}/actions/merge", json=body)
        assert answer.status_code == 400
        return str(answer.json()["merge"][0]["code"])

    assert refusal("Accounts", account, NOWHERE) == "INVALID_DATA"
    assert refusal("Accounts", NOWHERE, account) == "INVALID_DATA"
    assert refusal("Accounts", account, account) == "DUPLICATE_DATA"
    assert refusal("Accounts", account) == "MANDATORY_NOT_FOUND"
    assert refusal("Accounts", account, "1", "2", "3") == "LIMIT_EXCEEDED"
    assert refusal("Deals", deal, deal) == "NOT_ALLOWED"
    assert api.get(f"/crm/v8/Accounts/{account}/actions/merge", params={"job_id": "1"}).status_code == 204


def test_a_clone_has_the_same_values_and_an_id_of_its_own(api: httpx2.Client) -> None:
    account = made(api, "Accounts", Account_Name="Elm")
    deal = made(api, "Deals", Deal_Name="D", Stage="Qualification", Amount=5, Account_Name={"id": account})
    answer = api.post(f"/crm/v8/Deals/{deal}/actions/clone", json={"data": [{"Deal_Name": "Copy"}]})
    assert answer.status_code == 201
    copy = shown(api, "Deals", answer.json()["data"][0]["details"]["id"])
    assert copy is not None
    assert (copy["Deal_Name"], copy["Amount"], copy["Account_Name"]["id"]) == ("Copy", 5, account)
    assert api.post(f"/crm/v8/Deals/{deal}/actions/clone").status_code == 201
    assert api.post(f"/crm/v8/Deals/{NOWHERE}/actions/clone").status_code == 400
