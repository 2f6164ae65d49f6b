"""The sales pipeline of deals: its stages, how likely each is won, and what it means for the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from zoho_sandbox.crm.fields import catalog, save_field
from zoho_sandbox.sandbox import Sandbox

_KEY = "crm.stages"
PIPELINE_NAME = "Standard"
FORECAST_TYPES = ("Open", "Closed Won", "Closed Lost")
# Which forecast category a stage counts in.
_CATEGORIES = {"Open": "Pipeline", "Closed Won": "Closed", "Closed Lost": "Omitted"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: probability in percent, forecast_type "Open", "Closed Won" or "Closed Lost"."""

    name: str
    probability: int
    forecast_type: str = "Open"

    def __post_init__(self) -> None:
        if self.forecast_type not in FORECAST_TYPES:
            raise ValueError(f"stage {self.name!r}: forecast_type {self.forecast_type!r}; valid: {FORECAST_TYPES}")
        if not 0 <= self.probability <= 100:
            raise ValueError(f"stage {self.name!r}: probability {self.probability}; valid are 0 to 100")


@dataclass(frozen=True, slots=True)
class StoredStage:
    """A stage with the ids it has in this organisation."""

    id: str
    category_id: str
    position: int
    stage: Stage

    @property
    def category(self) -> dict[str, str]:
        return {"name": _CATEGORIES[self.stage.forecast_type], "id": self.category_id}


DEFAULT_STAGES = (
    Stage("Qualification", 10),
    Stage("Needs Analysis", 20),
    Stage("Value Proposition", 40),
    Stage("Id. Decision Makers", 60),
    Stage("Proposal/Price Quote", 75),
    Stage("Negotiation/Review", 90),
    Stage("Closed Won", 100, "Closed Won"),
    Stage("Closed Lost", 0, "Closed Lost"),
    Stage("Closed Lost to Competition", 0, "Closed Lost"),
)


def define_pipeline(sandbox: Sandbox, stages: Sequence[Stage]) -> None:
    """Replace the stages of the one pipeline, in order; kept names keep their ids."""
    ids = {name: known.id for name, known in stage_by_name(sandbox).items()}
    categories = {known.stage.forecast_type: known.category_id for known in stage_by_name(sandbox).values()}
    sandbox.db.execute("DELETE FROM crm_stage")
    for position, stage in enumerate(stages, start=1):
        category = categories.setdefault(stage.forecast_type, sandbox.new_id())
        sandbox.db.execute(
            "INSERT INTO crm_stage VALUES (?, ?, ?, ?, ?, ?)",
            (
                position,
                ids.get(stage.name) or sandbox.new_id(),
                stage.name,
                stage.probability,
                stage.forecast_type,
                category,
            ),
        )
    field = catalog(sandbox)["Deals"].fields["Stage"]
    save_field(sandbox, replace(field, choices=tuple(stage.name for stage in stages)))
    sandbox.memory.pop(_KEY, None)


def stage_by_name(sandbox: Sandbox) -> dict[str, StoredStage]:
    """The stages by name, in pipeline order."""
    known: dict[str, StoredStage] | None = sandbox.memory.get(_KEY)
    if known is None:
        known = sandbox.memory[_KEY] = {
            row["name"]: StoredStage(
                row["id"],
                row["category_id"],
                row["position"],
                Stage(row["name"], row["probability"], row["forecast_type"]),
            )
            for row in sandbox.db.query("SELECT * FROM crm_stage ORDER BY position")
        }
    return known


def stage_choice(stored: StoredStage) -> dict[str, Any]:
    """A stage as a value of the `Stage` pick list."""
    stage = stored.stage
    return {
        "id": stored.id,
        "actual_value": stage.name,
        "display_value": stage.name,
        "reference_value": stage.name,
        "type": "used",
        "colour_code": None,
        "sequence_number": stored.position,
        "probability": stage.probability,
        "forecast_type": stage.forecast_type,
        "forecast_category": stored.category,
        "deal_category": stage.forecast_type,
    }


def pipeline_json(sandbox: Sandbox) -> dict[str, Any]:
    """The pipeline as `GET /settings/pipeline` shows it."""
    layout_id = catalog(sandbox)["Deals"].layout_id
    maps = [
        {
            "id": stored.id,
            "display_value": stored.stage.name,
            "actual_value": stored.stage.name,
            "sequence_number": stored.position,
            "colour_code": None,
            "forecast_category": stored.category,
            "forecast_type": stored.stage.forecast_type,
        }
        for stored in stage_by_name(sandbox).values()
    ]
    return {
        # One pipeline a layout, so the number after the layout's can name it.
        "id": str(int(layout_id) + 1),
        "display_value": PIPELINE_NAME,
        "actual_value": PIPELINE_NAME,
        "default": True,
        "child_available": False,
        "parent": None,
        "maps": maps,
    }
