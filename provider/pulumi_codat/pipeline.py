"""The pipeline this runs in: who started it, which run it is, and where it collects what people should read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Pipeline"]

_ACTORS: Final = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_REQUESTEDFOR",
    "BUILDKITE_BUILD_CREATOR",
    "CIRCLE_USERNAME",
    "BITBUCKET_STEP_TRIGGERER_UUID",
    "USER",
    "LOGNAME",
)
_RUNS: Final = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL", "BUILD_BUILDURI")
_GITHUB_RUN: Final = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


@dataclass(frozen=True)
class Pipeline:
    """What the runner tells a job; each None where it does not.

    `actor`: the person (or bot) that started it; on a desk, the user.
    `run`: where the run can be looked at.
    `step_summary`: a file whose Markdown the runner shows on the run's page (GITHUB_STEP_SUMMARY).
    """

    actor: str | None = None
    run: str | None = None
    step_summary: Path | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """As GitHub, GitLab, Azure, Buildkite, CircleCI, Bitbucket and Jenkins tell it in the environment."""
        github = [environ.get(name, "") for name in _GITHUB_RUN]
        run = "{}/{}/actions/runs/{}".format(*github) if all(github) else _first(_RUNS, environ)
        summary = environ.get("GITHUB_STEP_SUMMARY")
        return cls(_first(_ACTORS, environ), run, Path(summary) if summary else None)

    def summarize(self, markdown: str) -> None:
        """Add to the page of the run, where there is one. Raises `OSError`."""
        if self.step_summary is not None:
            with self.step_summary.open("a", encoding="utf-8") as page:
                page.write(markdown)


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)
