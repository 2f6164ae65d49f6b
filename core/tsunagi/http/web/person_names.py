"""What a contact is called: family name first where the name is written in Chinese characters or kana."""

import re

from tsunagi.domain.records import Record

_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def person_name(contact: Record) -> str:
    first, last = contact.text("first_name"), contact.text("last_name")
    if first and _EAST_ASIAN.search(last):
        return f"{last} {first}"
    return contact.text("full_name") or " ".join(filter(None, (first, last))) or contact.ref.id
