"""What each runner tells of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_codat.pipeline import Pipeline

GITHUB = {
    "GITHUB_ACTOR": "maria",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/codat",
    "GITHUB_RUN_ID": "7",
    "GITHUB_STEP_SUMMARY": "/runner/summary.md",
    "USER": "runner",
}


@pytest.mark.parametrize(
    ("environ", "pipeline"),
    [
        ({}, Pipeline()),
        ({"USER": "maria"}, Pipeline("maria")),
        (
            GITHUB,
            Pipeline("maria", "https://github.example/acme/codat/actions/runs/7", Path("/runner/summary.md")),
        ),
        ({**GITHUB, "GITHUB_RUN_ID": "", "GITHUB_STEP_SUMMARY": ""}, Pipeline("maria")),
        (
            {"GITLAB_USER_LOGIN": "maria", "CI_JOB_URL": "https://gitlab.example/jobs/7"},
            Pipeline("maria", "https://gitlab.example/jobs/7"),
        ),
        (
            {"BUILD_REQUESTEDFOR": "Maria", "BUILD_BUILDURI": "vstfs:///Build/Build/7"},
            Pipeline("Maria", "vstfs:///Build/Build/7"),
        ),
        ({"BUILD_URL": "https://jenkins.example/job/7/"}, Pipeline(None, "https://jenkins.example/job/7/")),
    ],
)
def test_who_started_which_run(environ: dict[str, str], pipeline: Pipeline) -> None:
    assert Pipeline.of(environ) == pipeline


def test_a_summary_is_added_to(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("of another step\n")
    Pipeline(step_summary=page).summarize("### é\n")
    Pipeline().summarize("nowhere")
    assert page.read_text(encoding="utf-8") == "of another step\n### é\n"
