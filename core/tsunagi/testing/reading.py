"""Contract tests: nothing is left out and nothing is read in vain."""

import pytest

from tsunagi import RecordNotFound, RecordRef
from tsunagi.testing.final import Final
from tsunagi.testing.subject import Case, Subject


class Reading(Final):
    """Listings, cursors, and reading by id."""

    def test_pages_bring_every_record_once(self, subject: Subject, listed_case: Case) -> None:
        size = subject.connector.capabilities[listed_case.entity].page_size
        known = subject.fill(listed_case, size + 1)
        refs = subject.look(listed_case.entity).refs
        assert set(known) <= set(refs), "something was left out"
        assert len(refs) == len(set(refs)), "while nothing changes, each record comes once"
        first = subject.connector.changes(listed_case.entity, None)
        assert 0 < len(first.records) <= size
        assert first.more, "there is more than a page"

    def test_a_second_look_brings_only_what_changed(self, subject: Subject, listed_case: Case) -> None:
        quiet, changing, latest = (self._later(subject, listed_case) for _ in range(3))
        cursor = subject.look(listed_case.entity).cursor
        subject.fake.tick()
        subject.alter(listed_case, changing)
        new = self._later(subject, listed_case)
        second = subject.look(listed_case.entity, cursor)
        assert {changing, new} <= set(second.refs)
        assert quiet not in second.refs, "it was read before and did not change since"
        assert second.of(changing).version == subject.connector.get(changing).version
        third = subject.look(listed_case.entity, second.cursor)
        # A service that dates changes by the second may return the last ones again.
        assert not {quiet, latest} & set(third.refs)

    def test_nothing_is_lost_that_changes_between_pages(self, subject: Subject, listed_case: Case) -> None:
        size = subject.connector.capabilities[listed_case.entity].page_size
        known = subject.fill(listed_case, size + 2)
        subject.fake.tick()
        page = subject.connector.changes(listed_case.entity, None)
        seen = {record.ref for record in page.records}
        unseen = [ref for ref in known if ref not in seen]
        assert unseen, "there is more than a page"
        # Whatever the order, one of these moves past a page that was read already.
        moving = [unseen[0], unseen[-1], page.records[0].ref, page.records[-1].ref]
        for ref in dict.fromkeys(moving):
            subject.alter(listed_case, ref)
        new = subject.add(listed_case)
        rest = subject.look(listed_case.entity, page.cursor)
        later = subject.look(listed_case.entity, rest.cursor)
        listed = [*page.records, *rest.records, *later.records]
        assert {*known, new} <= {record.ref for record in listed}, "something was left out"
        last = {record.ref: record.version for record in listed}
        for ref in moving:
            assert last[ref] == subject.connector.get(ref).version, f"{ref} changed and was not told again"

    def test_a_quiet_service_has_nothing_more_to_tell(self, subject: Subject, listed_case: Case) -> None:
        quiet = self._later(subject, listed_case)
        self._later(subject, listed_case)
        cursor = subject.look(listed_case.entity).cursor
        for _ in range(2):
            look = subject.look(listed_case.entity, cursor)
            assert quiet not in look.refs
            cursor = look.cursor

    def test_a_listed_record_is_the_one_that_is_read(self, subject: Subject, listed_case: Case) -> None:
        ref = subject.add(listed_case)
        listed, read = subject.look(listed_case.entity).of(ref), subject.connector.get(ref)
        assert listed.version == read.version, "what did not change has one version"
        assert listed.fields.items() <= read.fields.items(), "a row may say less, never another thing"
        assert listed.over(read).fields == read.fields

    def test_a_kind_without_a_list_is_silent(self, subject: Subject, unlisted_case: Case) -> None:
        subject.add(unlisted_case)
        before = subject.harness.calls.copy()
        page = subject.connector.changes(unlisted_case.entity, None)
        assert (page.records, page.more) == ((), False)
        assert subject.harness.calls == before, "what has no list is not asked for"

    def test_reading_twice_gives_the_same_record(self, subject: Subject, any_case: Case) -> None:
        ref = subject.add(any_case)
        assert subject.connector.get(ref) == subject.another().get(ref)

    def test_a_change_has_another_version(self, subject: Subject, any_case: Case) -> None:
        ref = subject.add(any_case)
        before = subject.connector.get(ref)
        subject.fake.tick()
        subject.alter(any_case, ref)
        after = subject.connector.get(ref)
        assert after.version != before.version
        assert after.fields != before.fields

    def test_an_unknown_id_is_not_found(self, subject: Subject, any_case: Case) -> None:
        unknown = subject.unknown(subject.add(any_case))
        with pytest.raises(RecordNotFound) as caught:
            subject.connector.get(unknown)
        assert (caught.value.service, caught.value.ref) == (subject.service, str(unknown))

    def test_many_are_read_by_id_without_the_unknown(self, subject: Subject, any_case: Case) -> None:
        refs = [subject.add(any_case) for _ in range(2)]
        ids = [refs[0].id, subject.unknown(refs[0]).id, refs[1].id]
        found = subject.connector.get_many(any_case.entity, ids)
        assert sorted(record.ref for record in found) == sorted(refs)
        assert subject.connector.get_many(any_case.entity, []) == ()

    def _later(self, subject: Subject, case: Case) -> RecordRef:
        subject.fake.tick()
        return subject.add(case)
