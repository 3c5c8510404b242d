"""Every fault as a client meets it, and what it left behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

PATH = "/integrations/mqjo/enabled"
ON = {"enabled": True}
BODY_FAULTS = ["truncated", "malformed", "wrong-shape"]


def _fault(control: httpx.Client, kind: str, method: str = "*", path: str = "*", **more: object) -> None:
    control.post("/faults", json={"method": method, "path": path, "kind": kind, **more}).raise_for_status()


def _enabled(client: httpx.Client) -> bool:
    return bool(client.get("/integrations/mqjo").json()["enabled"])


def _logged(control: httpx.Client) -> list[int | None]:
    return [entry["status"] for entry in control.get("/requests").json()]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 418, 422, 429, 451, 500, 502, 503, 599])
def test_a_status_carries_codats_error_body_and_changes_nothing(
    dev: httpx.Client, control: httpx.Client, status: int
) -> None:
    _fault(control, str(status), "PUT")
    failed = dev.put(PATH, json=ON)
    assert failed.status_code == failed.json()["statusCode"] == status
    assert failed.json()["error"]
    assert failed.headers["X-Rate-Limit-Remaining"] == "999"
    assert _enabled(dev) is False
    assert dev.put(PATH, json=ON).status_code == 200


@pytest.mark.parametrize(
    ("kind", "given", "header"),
    [
        ("429", {}, "1"),
        ("429", {"retryAfter": 86400}, "86400"),
        ("503", {"retryAfter": "Sun, 01 Mar 2026 00:00:00 GMT"}, "Sun, 01 Mar 2026 00:00:00 GMT"),
        ("503", {}, None),
    ],
)
def test_retry_after(
    dev: httpx.Client, control: httpx.Client, kind: str, given: dict[str, object], header: str | None
) -> None:
    _fault(control, kind, **given)
    assert dev.get("/profile").headers.get("Retry-After") == header


@pytest.mark.parametrize(("kind", "took_effect"), [("reset-before", False), ("reset-after", True)])
def test_a_reset(dev: httpx.Client, control: httpx.Client, kind: str, *, took_effect: bool) -> None:
    _fault(control, kind, "PUT")
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        dev.put(PATH, json=ON)
    assert _logged(control) == [None]
    assert _enabled(dev) is took_effect


@pytest.mark.parametrize(("kind", "took_effect"), [("timeout", False), ("timeout-after", True)])
def test_a_timeout(dev: httpx.Client, control: httpx.Client, kind: str, *, took_effect: bool) -> None:
    _fault(control, kind, "PUT")
    with pytest.raises(httpx.ReadTimeout):
        dev.put(PATH, json=ON, timeout=httpx.Timeout(5, read=0.25))
    assert _logged(control) == [None]
    assert _enabled(dev) is took_effect


def test_slow_takes_its_time_and_answers(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "slow", "PUT", seconds=600)
    with pytest.raises(httpx.ReadTimeout):
        dev.put(PATH, json=ON, timeout=httpx.Timeout(5, read=0.25))
    _fault(control, "slow", "GET", seconds=0.05)
    assert _enabled(dev) is True


def _until(condition: Callable[[], object]) -> None:
    for _ in range(10_000):
        if condition():
            return
    pytest.fail("it never came")


def test_what_is_held_takes_effect_when_the_faults_are_cleared(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "held", "PUT")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(dev.put, PATH, json=ON)
        _until(lambda: _logged(control))
        assert _logged(control) == [None]
        assert _enabled(dev) is False
        control.delete("/faults")
        assert answer.result().status_code == 200
    assert _enabled(dev) is True


def test_what_is_held_takes_effect_when_the_client_has_gone(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "held", "PUT")
    with pytest.raises(httpx.ReadTimeout):
        dev.put(PATH, json=ON, timeout=httpx.Timeout(5, read=0.25))
    _until(lambda: _enabled(dev))


def test_a_truncated_body(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "truncated", "PUT")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        dev.put(PATH, json=ON)
    assert _logged(control) == [200]
    assert _enabled(dev) is True


def test_a_gateways_page(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "html", "PUT")
    answer = dev.put(PATH, json=ON)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>502 Bad Gateway</h1>" in answer.text
    assert _enabled(dev) is False


def test_a_body_that_is_no_json(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "malformed", "PUT")
    answer = dev.put(PATH, json=ON)
    assert answer.status_code == 200
    assert answer.headers["X-Rate-Limit-Limit"] == "1000"
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()
    assert _enabled(dev) is True


def test_a_body_of_the_wrong_shape(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "wrong-shape", "PUT")
    answer = dev.put(PATH, json=ON)
    assert (answer.status_code, answer.json()) == (200, ["unexpected"])
    assert _enabled(dev) is True


@pytest.mark.parametrize("kind", ["malformed", "wrong-shape"])
def test_a_wrong_body_is_a_200_even_in_place_of_a_refusal(dev: httpx.Client, control: httpx.Client, kind: str) -> None:
    _fault(control, kind)
    assert dev.get("/nothing").status_code == 200


def test_a_stale_read_is_as_before_the_last_write(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "stale", path="/integrations/mqjo", times=2)
    assert _enabled(dev) is False
    dev.put(PATH, json=ON)
    assert _enabled(dev) is False
    assert _enabled(dev) is True


def test_only_reads_are_stale(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "stale")
    dev.put(PATH, json=ON)
    assert control.get("/faults").json()[0]["times"] == 1
    assert _enabled(dev) is False
    assert control.get("/faults").json() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", PATH, ON),
        ("PUT", "/integrations/credentials/gbol", {"clientId": "OTHER", "clientSecret": "OTHER-1"}),
        ("DELETE", "/integrations/credentials/gbol", None),
        ("PATCH", "/settings", {"oneTimeSync": "on"}),
    ],
)
def test_a_write_without_effect_looks_like_one_with(
    dev: httpx.Client, control: httpx.Client, method: str, path: str, body: object
) -> None:
    dev.put("/integrations/credentials/gbol", json={"clientId": "A1B2C3", "clientSecret": "a-secret-0001"})
    paths = ["/integrations", "/integrations/credentials/gbol", "/settings"]
    before = [dev.get(path).json() for path in paths]
    _fault(control, "no-effect")
    pretended = dev.request(method, path, json=body)
    assert [dev.get(path).json() for path in paths] == before
    done = dev.request(method, path, json=body)
    assert (pretended.status_code, pretended.json()) == (done.status_code, done.json())
    assert [dev.get(path).json() if dev.get(path).is_success else None for path in paths] != before


def test_reads_pass_a_fault_for_writes(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "no-effect")
    dev.get("/profile")
    assert len(control.get("/faults").json()) == 1


@pytest.mark.parametrize(
    ("method", "path", "meets"),
    [
        ("GET", "/integrations/gbol", True),
        ("*", "/integrations/gbol", True),
        ("GET", "/integrations/*", True),
        ("GET", "*", True),
        ("PUT", "/integrations/gbol", False),
        ("GET", "/integrations", False),
        ("GET", "/integrations/gbol/*", False),
    ],
)
def test_a_fault_waits_for_its_method_and_path(
    dev: httpx.Client, control: httpx.Client, method: str, path: str, *, meets: bool
) -> None:
    _fault(control, "500", method, path)
    assert (dev.get("/integrations/gbol").status_code == 500) is meets


def test_faults_are_met_in_their_order_and_as_often_as_they_say(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "500", times=2)
    _fault(control, "503")
    assert [dev.get("/profile").status_code for _ in range(4)] == [500, 500, 503, 200]


def test_a_fault_lets_as_many_requests_pass_as_it_says(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "500", path="/profile", skip=2, times=2)
    assert dev.get("/integrations").status_code == 200  # which it does not wait for, so it does not count
    assert dev.get("/profile").status_code == 200
    assert control.get("/faults").json()[0]["skip"] == 1
    assert [dev.get("/profile").status_code for _ in range(4)] == [200, 500, 500, 200]


def test_what_one_fault_lets_pass_another_may_meet(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "500", skip=1)
    _fault(control, "503")
    assert [dev.get("/profile").status_code for _ in range(3)] == [503, 500, 200]


def test_faults_are_listed_and_cleared(dev: httpx.Client, control: httpx.Client) -> None:
    _fault(control, "429", retryAfter=5, times=3)
    _fault(control, "slow", seconds=1)
    dev.get("/profile")
    assert control.get("/faults").json() == [
        {"method": "*", "path": "*", "kind": "429", "times": 2, "retryAfter": 5},
        {"method": "*", "path": "*", "kind": "slow", "times": 1, "seconds": 1.0},
    ]
    assert control.delete("/faults").json() == {"removed": 2}
    assert dev.get("/profile").status_code == 200


def test_the_control_surface_is_above_faults(control: httpx.Client) -> None:
    _fault(control, "500", times=9)
    assert control.get("").status_code == 200
