"""Names of places where a secret is kept: which are names, and that nothing else is ever repeated."""

from __future__ import annotations

import pytest

from pulumi_codat.references import Reference, Sources

CANARY = "sK3y-canary/of+Someb0dy=="


@pytest.mark.parametrize(
    ("text", "words", "remedy"),
    [
        ("env:CODAT_API_KEY_EU", "the environment variable CODAT_API_KEY_EU", "set CODAT_API_KEY_EU"),
        ("env:_x1", "the environment variable _x1", "set _x1"),
        (
            "config:codat:apiKeyEu",
            "the configuration key codat:apiKeyEu",
            "`pulumi config set --secret codat:apiKeyEu`",
        ),
        (
            "config:acme-x:a.b_c-d",
            "the configuration key acme-x:a.b_c-d",
            "`pulumi config set --secret acme-x:a.b_c-d`",
        ),
    ],
)
def test_a_name_is_a_source_and_what_it_is_called_there(text: str, words: str, remedy: str) -> None:
    reference = Reference.parse(text)
    assert str(reference) == text
    assert (reference.words, reference.remedy) == (words, remedy)


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        f"env:{CANARY}",
        f"config:codat:{CANARY}",
        "env:",
        "env:1A",
        "env:A B",
        "env:A\n",
        "env:MixedCaseIsMostlyASecret",
        "env:" + "A" * 129,
        "config:apiKeyEu",
        "config:",
        "config::a",
        "config:codat:",
        "ENV:A",
        "vault:a",
        "CODAT_API_KEY_EU",
    ],
)
def test_what_is_no_name_is_not_repeated_because_it_may_be_the_secret(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must name where it is kept, `env:NAME_OF_A_VARIABLE` or") as caught:
        Reference.parse(text)
    assert len(text) <= len("config:") or text not in str(caught.value)


def test_a_secret_is_looked_up_where_its_name_says_and_nowhere_else() -> None:
    sources = Sources(
        {"codat:apiKeyEu": "one", "X": "no", "codat:odd": 1, "codat:empty": ""}, {"X": "two", "EMPTY": ""}
    )
    found = {
        text: sources.get(Reference.parse(text))
        for text in (
            "config:codat:apiKeyEu",
            "env:X",
            "env:EMPTY",
            "env:GONE",
            "config:codat:odd",
            "config:codat:empty",
        )
    }
    assert found == {
        "config:codat:apiKeyEu": "one",
        "env:X": "two",
        "env:EMPTY": None,
        "env:GONE": None,
        "config:codat:odd": None,
        "config:codat:empty": None,
    }


def test_sources_do_not_show_what_they_hold() -> None:
    assert repr(Sources({"codat:apiKey": CANARY}, {"X": CANARY})) == "Sources()"
