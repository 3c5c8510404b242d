"""Pulumi's passphrase encryption, held to texts the real CLI encrypted; a key is derived as rarely as possible."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pulumi_offline.crypto import PassphraseCrypter
from pulumi_offline.errors import ConfigurationError
from pulumi_offline.secrets import LazyCrypter, Passphrase
from pulumi_offline.store import StateStore

if TYPE_CHECKING:
    from pathlib import Path

# `pulumi stack init` and `pulumi config set --secret` of the CLI, version 3.260.0
PASSPHRASE = "correct horse"
SALT = "v1:iWwH/j6gTBo=:v1:2zUyPVpK23l9wgIw:72MXGOR4r7HAF4KiBl3+4omcK3XneA=="
BY_THE_CLI = {
    "v1:b2lytDtlHSZ68N/H:T2i/Iu0V69CDbYTA6c+xLYFAoFZszWfu": "tok-<é>",
    "v1:9esGn3zFsuJ43Dbb:3sUdOT/YX1PQI7viCPFz9Rp5RB6O": "inner",
}
CIPHERTEXT = next(iter(BY_THE_CLI))


@pytest.fixture(scope="module")
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter(PASSPHRASE, SALT)


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    return StateStore(tmp_path, "dev")


def ignore(_message: str) -> None:
    pytest.fail("there was nothing to be told")


@pytest.mark.parametrize(("ciphertext", "plaintext"), BY_THE_CLI.items(), ids=["a value", "within an object"])
def test_what_the_cli_encrypted_is_decrypted(crypter: PassphraseCrypter, ciphertext: str, plaintext: str) -> None:
    assert crypter.decrypt(ciphertext) == plaintext


@pytest.mark.parametrize("plaintext", ["", "x", "ü€𝄞", '"quoted"\n', "a" * 5000])
def test_round_trip(crypter: PassphraseCrypter, plaintext: str) -> None:
    ciphertext = crypter.encrypt(plaintext)
    version, nonce, sealed = ciphertext.split(":")
    assert version == "v1"
    assert len(base64.b64decode(nonce)) == 12
    assert len(base64.b64decode(sealed)) == len(plaintext.encode()) + 16
    assert crypter.decrypt(ciphertext) == plaintext


def test_the_same_text_is_never_encrypted_the_same(crypter: PassphraseCrypter) -> None:
    assert crypter.encrypt("x") != crypter.encrypt("x")


def test_a_crypter_shows_nothing(crypter: PassphraseCrypter) -> None:
    assert repr(crypter) == "PassphraseCrypter(...)"


def test_a_wrong_passphrase_is_noticed_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"^incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE to") as caught:
        PassphraseCrypter("wrong horse", SALT)
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("salt", ["", "v1", "v1:abc", "v2:iWwH/j6gTBo=:v1:a:b", "iWwH/j6gTBo=:v1:a:b"])
def test_a_malformed_salt(salt: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the encryption salt is malformed: it should read v1:<salt>:v1:"):
        PassphraseCrypter(PASSPHRASE, salt)


def test_a_salt_that_is_no_base64() -> None:
    with pytest.raises(ConfigurationError, match=r"^an encrypted value is malformed: its parts should be base64$"):
        PassphraseCrypter(PASSPHRASE, "v1:%%%:v1:a:b")


def test_a_check_of_another_text_is_a_wrong_passphrase(crypter: PassphraseCrypter) -> None:
    salt = SALT.split(":")[1]
    with pytest.raises(ConfigurationError, match=r"^incorrect passphrase"):
        PassphraseCrypter(PASSPHRASE, f"v1:{salt}:{crypter.encrypt('another text')}")


@pytest.mark.parametrize(
    ("ciphertext", "message"),
    [
        pytest.param("", "an encrypted value is malformed", id="empty"),
        pytest.param("plain text", "an encrypted value is malformed", id="plain"),
        pytest.param("v1:a", "an encrypted value is malformed", id="two parts"),
        pytest.param("v1:a:b:c", "an encrypted value is malformed", id="four parts"),
        pytest.param(CIPHERTEXT.replace("v1", "v2"), "an encrypted value is malformed", id="other version"),
        pytest.param("v1:%%:%%", "an encrypted value is malformed", id="no base64"),
        pytest.param(CIPHERTEXT[:-4] + "AAAA", "incorrect passphrase", id="tampered with"),
        pytest.param("v1:AAAA:" + CIPHERTEXT.split(":")[2], "incorrect passphrase", id="short nonce"),
    ],
)
def test_a_ciphertext_that_cannot_be_opened(crypter: PassphraseCrypter, ciphertext: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}") as caught:
        crypter.decrypt(ciphertext)
    assert "\n" not in str(caught.value)


def test_the_passphrase_of_the_environment_comes_first(store: StateStore) -> None:
    environ = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, "PULUMI_CONFIG_PASSPHRASE_FILE": "/nowhere"}
    assert Passphrase(environ, store, ignore).get() == PASSPHRASE


def test_an_empty_passphrase_is_one(store: StateStore) -> None:
    assert Passphrase({"PULUMI_CONFIG_PASSPHRASE": ""}, store, ignore).get() == ""


def test_a_passphrase_file_is_read_without_its_line_end(store: StateStore, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    assert Passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}, store, ignore).get() == PASSPHRASE


def test_a_passphrase_file_that_is_missing(store: StateStore, tmp_path: Path) -> None:
    passphrase = Passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")}, store, ignore)
    with pytest.raises(
        ConfigurationError, match=r"^PULUMI_CONFIG_PASSPHRASE_FILE: .*none cannot be read: No such file"
    ):
        passphrase.get()


def test_a_passphrase_file_that_is_no_text(store: StateStore, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"^PULUMI_CONFIG_PASSPHRASE_FILE: .*passphrase is no UTF-8 text$"):
        Passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}, store, ignore).get()


def test_without_any_a_passphrase_is_generated_once_and_kept(store: StateStore, tmp_path: Path) -> None:
    told: list[str] = []
    generated = Passphrase({}, store, told.append).get()
    assert len(generated) >= 32
    assert Passphrase({}, store, ignore).get() == generated
    (message,) = told
    assert str(tmp_path / ".pulumi-offline" / "passphrase") in message
    assert generated not in message


def test_the_passphrase_of_a_run_that_was_first_is_used(store: StateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StateStore, "passphrase", lambda _: None)  # as if it came between looking and keeping
    told: list[str] = []
    first = Passphrase({}, store, told.append).get()
    assert Passphrase({}, store, told.append).get() == first
    assert len(told) == 1


def test_nothing_is_derived_before_the_first_secret(store: StateStore) -> None:
    crypter = LazyCrypter(Passphrase({}, store, ignore), "")
    assert crypter.salt == ""
    assert store.passphrase() is None


def test_a_lazy_crypter_opens_with_the_salt_it_was_given(store: StateStore) -> None:
    crypter = LazyCrypter(Passphrase({"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}, store, ignore), SALT)
    assert crypter.decrypt(crypter.encrypt("x")) == "x"
    assert crypter.decrypt(CIPHERTEXT) == BY_THE_CLI[CIPHERTEXT]
    assert crypter.salt == SALT


def test_a_lazy_crypter_makes_a_salt_at_its_first_secret(store: StateStore) -> None:
    crypter = LazyCrypter(Passphrase({"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}, store, ignore), "")
    ciphertext = crypter.encrypt("x")
    assert PassphraseCrypter(PASSPHRASE, crypter.salt).decrypt(ciphertext) == "x"
    assert len(base64.b64decode(crypter.salt.split(":")[1])) == 8
