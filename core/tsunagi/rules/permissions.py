"""Who may do what: a request, the policies, and a decision that names the ones it rests on.

Until policies are written in YAML one starter policy stands: administrators may do everything, everybody else
may look. Whoever asks goes through `authorize`; only what it reads will change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagi.domain.directory import Person
from tsunagi.text import Text

VIEW = "view"


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what. `action` is `<entity>:<verb>` such as "invoice:email", or a verb of the hub's own.

    `person` None is the hub itself, doing what an administrator has set up.
    """

    person: Person | None
    action: str

    @property
    def verb(self) -> str:
        return self.action.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Decision:
    """May they? `determining` names the policies the answer rests on; none means that nothing permits it."""

    allowed: bool
    determining: tuple[str, ...]
    reason: Text


@dataclass(frozen=True, slots=True)
class Policy:
    """Permits `verbs` ("*": all) to administrators only, or to every active person."""

    id: str
    title: Text
    verbs: tuple[str, ...]
    administrators_only: bool

    def permits(self, request: Request) -> bool:
        person = request.person
        if person is None or not person.active:
            return False
        if self.administrators_only and not person.administrator:
            return False
        return "*" in self.verbs or request.verb in self.verbs


STARTER_POLICIES = (
    Policy(
        "administrators_everything",
        Text(en="Administrators may do everything", ja="管理者はすべての操作ができます"),
        ("*",),
        administrators_only=True,
    ),
    Policy(
        "everyone_views",
        Text(en="Everybody may look", ja="すべての利用者は閲覧できます"),
        (VIEW,),
        administrators_only=False,
    ),
)


def authorize(request: Request, policies: Sequence[Policy] = STARTER_POLICIES) -> Decision:
    """Decide; what no policy permits is denied."""
    if request.person is None:
        return Decision(True, ("hub",), Text(en="The hub acts as it was set up.", ja="ハブが設定どおりに動作します。"))
    if not request.person.active:
        return _denied(request, Text(en="their user is deactivated", ja="利用者が無効化されています"))
    permitting = tuple(policy.id for policy in policies if policy.permits(request))
    if permitting:
        return Decision(True, permitting, Text(en=f"Permitted by {permitting[0]}.", ja=f"{permitting[0]} による許可。"))
    return _denied(request, Text(en="no policy permits it", ja="許可する方針がありません"))


def _denied(request: Request, why: Text) -> Decision:
    assert request.person is not None
    who, what = f"{request.person.email} ({request.person.profile})", request.action
    return Decision(
        False,
        (),
        Text(en=f"{who} may not {what}: {why.en}.", ja=f"{who} は {what} を実行できません: {why.ja}。"),
    )
