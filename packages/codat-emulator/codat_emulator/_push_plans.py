"""How a push is to end, and for which pushes that holds."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from codat_emulator._wire import WireModel
from codat_emulator._xero_problems import PROBLEM_TYPES, XeroProblem, problem

__all__ = ["PushPlan", "PushPlans"]


class PushPlan(WireModel):
    """A plan for pushes.

    Attributes:
        end: How they end. `Refused`: the POST itself is answered with `problem`. `Pending`: never.
        polls: How many times a GET of the operation still says `Pending`. Default 1. A list of operations counts as
            none, and says whatever the last poll left.
        seconds: How long it says so at least, by the emulator's clock. Default 0.
        problem: One of Xero's types; required for `Refused`, allowed for `Failed`, whose `errorMessage` is then Xero's
            document as a string.
        landed: For `TimedOut` only: whether the transactions land nonetheless. Default true, because a timeout "changes
            the status only".
        source_account: The id of the source account that the plan is for. Default: any.
        times: For how many pushes. Default: for all that no plan with `times` waits for.

    """

    model_config = ConfigDict(frozen=True)

    end: Literal["Success", "Failed", "TimedOut", "Pending", "Refused"] = "Success"
    polls: Annotated[int, Field(ge=0)] = 1
    seconds: Annotated[float, Field(ge=0, le=31_536_000)] = 0
    problem: str | None = None
    landed: bool | None = None
    source_account: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.problem is not None and self.problem not in PROBLEM_TYPES:
            raise ValueError(f"problem must be one of {', '.join(sorted(PROBLEM_TYPES))}")
        if (self.end == "Refused" and self.problem is None) or (
            self.problem is not None and self.end not in {"Refused", "Failed"}
        ):
            raise ValueError("problem is required for Refused, and otherwise for Failed only")
        if self.landed is not None and self.end != "TimedOut":
            raise ValueError("landed is for TimedOut only")
        return self

    @property
    def refusal(self) -> XeroProblem | None:
        return None if self.problem is None else problem(self.problem)

    @property
    def lands(self) -> bool:
        return self.end == "Success" or (self.end == "TimedOut" and self.landed is not False)


class PushPlans:
    """The plans of each account. They are not kept in storage."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[PushPlan]] = {}

    def add(self, account_id: str, plan: PushPlan) -> None:
        self._of(account_id).append(plan)

    def waiting(self, account_id: str) -> tuple[PushPlan, ...]:
        return tuple(self._of(account_id))

    def clear(self, account_id: str) -> None:
        self._of(account_id).clear()

    def claim(self, account_id: str, source_account: str) -> PushPlan:
        """The oldest plan with `times` that waits for this account, counted down; else the newest without."""
        plans = self._of(account_id)
        fitting = [plan for plan in plans if plan.source_account in {None, source_account}]
        for plan in fitting:
            if plan.times is not None:
                index = next(place for place, item in enumerate(plans) if item is plan)
                left = plan.model_copy(update={"times": plan.times - 1})
                plans[index : index + 1] = [left] if left.times else []
                return plan
        return fitting[-1] if fitting else PushPlan()

    def _of(self, account_id: str) -> list[PushPlan]:
        return self._waiting.setdefault(account_id, [])
