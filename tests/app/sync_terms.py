"""The settings of the pair as an example of the sync machine draws them, written as a company writes them."""

from dataclasses import dataclass

from hypothesis import strategies as st
from two_sides import PAIR

from tsunagi.domain.mapping import Direction

DIRECTIONS = {
    "both": Direction.BOTH,
    "crm_to_finance": Direction.LEFT_TO_RIGHT,
    "finance_to_crm": Direction.RIGHT_TO_LEFT,
}
CONFLICTS = ("source_wins", "crm_wins", "finance_wins", "newest_wins", "skip", "ask")
DUPLICATES = ("overwrite", "clone", "skip", "ask")
LEAVINGS = ("ignore", "deactivate", "delete", "ask")

# By name, how the file maps it: plain, or with transformations, joined fields and translated values.
_PLAIN = """
  contact: {crm: contact, finance: last_name}
"""
_TRANSFORMED = """
  name: {crm: name, finance: name, transform: [text, width, {truncate: 24}], required: true}
  phone: {crm: phone, finance: phone, transform: [{phone: '+81'}]}
  region: {crm: region, finance: area, values: {Kanto: East, Kansai: West}}
  contact: {crm: contact, finance: [first_name, last_name], join: name, transform: [text]}
"""


@dataclass(frozen=True)
class Terms:
    """What the file says, and how the two services are: `at_once` and `unique` as tests/app/two_sides.py has them."""

    direction: str = "both"
    conflicts: str = "source_wins"
    duplicates: str = "overwrite"
    deletions: str = "ignore"
    merges: str = "ignore"
    edits_survive: bool = True
    clock_skew: int = 30
    transformed: bool = False
    city_owner: str = ""
    city_direction: str = ""
    at_once: int = 1
    unique: bool = False

    def is_possible(self) -> bool:
        """An account cannot be taken out of use."""
        return self.direction != "finance_to_crm" or "deactivate" not in (self.deletions, self.merges)

    def text(self) -> str:
        city = ["crm: city", "finance: city"]
        city += [f"owner: {self.city_owner}"] if self.city_owner else []
        city += [f"direction: {self.city_direction}"] if self.city_direction else []
        return (
            f"version: 1\npair: {PAIR}\ndirection: {self.direction}\nconflicts: {self.conflicts}\n"
            f"duplicates: {self.duplicates}\ndeletions: {self.deletions}\nmerges: {self.merges}\n"
            f"edits_survive: {str(self.edits_survive).lower()}\nclock_skew_seconds: {self.clock_skew}\n"
            f"guard: {{always: 1000}}\nfields:\n  city: {{{', '.join(city)}}}"
            f"{_TRANSFORMED if self.transformed else _PLAIN}"
        )


TERMS = st.builds(
    Terms,
    # Both ways is what can go wrong in most ways.
    direction=st.sampled_from(("both", "both", *DIRECTIONS)),
    conflicts=st.sampled_from(CONFLICTS),
    duplicates=st.sampled_from(DUPLICATES),
    deletions=st.sampled_from(LEAVINGS),
    merges=st.sampled_from(LEAVINGS),
    edits_survive=st.sampled_from((True, True, True, False)),
    clock_skew=st.sampled_from((0, 30)),
    transformed=st.booleans(),
    city_owner=st.sampled_from(("", "", "crm", "finance")),
    city_direction=st.sampled_from(("", "", "crm_to_finance", "finance_to_crm")),
    at_once=st.sampled_from((1, 100)),
    unique=st.booleans(),
).filter(Terms.is_possible)
