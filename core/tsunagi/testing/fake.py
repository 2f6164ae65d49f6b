"""The other end of a connector under test, and what it can be told to do wrong."""

from enum import Enum
from typing import Literal, Protocol

from pydantic import BaseModel

# Calls that only look, and calls that change something.
Calls = Literal["reads", "writes"]


class Fault(Enum):
    """What goes wrong with a call, seen from the service.

    SLOW_DOWN          refused without effect: too many calls, a second of patience is asked for
    COME_BACK_LATER    refused without effect: nothing is answered for an hour or more
    LOST_REQUEST       the connection breaks before the call is understood
    LOST_ANSWER        carried out, and the connection breaks before the answer is there
    NOT_JSON           answered as a success without effect, with a page for people
    NOTHING_IN_IT      answered as a success without effect, with an object that says nothing
    """

    SLOW_DOWN = "slow_down"
    COME_BACK_LATER = "come_back_later"
    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    NOT_JSON = "not_json"
    NOTHING_IN_IT = "nothing_in_it"


class ServiceFake(Protocol):
    """What plays the service: a sandbox of the vendor's, an emulator, a FakeService of your own.

    It answers real calls. Several tests may share it: each makes records of its own.
    """

    @property
    def settings(self) -> BaseModel:
        """Settings (an instance of the ConnectorType's model) that lead to it, with credentials it accepts."""
        ...

    @property
    def organization_id(self) -> str:
        """The organisation to connect; empty where there is only one."""
        ...

    def strike(self, fault: Fault, *, on: Calls, times: int = 1) -> None:
        """Let this happen to the next calls of the kind; asking for an access token is not meant."""
        ...

    def calm(self) -> None:
        """Forget every fault that did not happen yet."""
        ...

    def tick(self) -> None:
        """Let enough time pass that a change made from now on is dated later than all before."""
        ...

    def add(self, entity: str, number: int) -> str:
        """Somebody makes the record `number` there; returns its id. Asked only for what a connector cannot create.

        No two records have one number; a record that costs something costs `amount(number)`.
        """
        ...

    def alter(self, entity: str, id: str, number: int) -> None:
        """Somebody changes a record there, `number` making it another change each time.

        Asked only for what a connector cannot update.
        """
        ...
