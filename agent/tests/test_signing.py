"""Signing with a real PKCS#11 token, over the agent's real HTTP."""

import base64
import datetime as dt
import hashlib
import os
import subprocess
import threading

import pytest
import softhsm
from asking import attribute, b64, check, der_of, document, signed_attributes
from asn1crypto import cms, core
from pa_firma_agente import card_client, children
from pa_firma_agente.problems import Problem


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_batch_is_signed_with_one_consent(site, person, tokens, kind):
    cert = tokens[kind]
    documents = [document(cert, number) for number in range(1, 4)]
    status, answer = site.sign(cert, documents)
    assert status == 200, answer
    assert [item["id"] for item in answer["signatures"]] == ["1", "2", "3"]
    for item, made in zip(documents, answer["signatures"]):
        check(cert, item, made["signature"])
    (_pair, (_sign, shown)) = person.shown
    assert [(d["name"], d["document_sha256"], d["checked"]) for d in shown["documents"]] == [
        (item["name"], item["document_sha256"], False) for item in documents
    ]
    assert shown["holder"] == f"Ada Neri ({kind})" and shown["wrong"] is False


def test_the_hash_shown_is_computed_when_the_content_is_sent(site, person, tokens):
    item = document(tokens["ec"], with_content=True)
    status, answer = site.sign(tokens["ec"], [item])
    assert status == 200, answer
    check(tokens["ec"], item, answer["signatures"][0]["signature"])
    assert person.shown[-1][1]["documents"][0]["checked"] is True


def test_another_document_than_the_one_named_is_refused_before_asking(site, person, tokens):
    cert = tokens["ec"]
    good, other = document(cert, 1, with_content=True), document(cert, 2, with_content=True)
    for wrong in (
        good | {"content": other["content"]},
        good | {"document_sha256": other["document_sha256"]},
        good | {"document_size": good["document_size"] - 1},
        good | {"to_sign": other["to_sign"]},
    ):
        status, answer = site.sign(cert, [other, wrong])
        assert (status, answer["error"]) == (422, "content")
    for size in (0, -1, 10**9, "12", True, None):
        assert site.sign(cert, [good | {"document_size": size}])[0] == 400
    assert len(person.shown) == 1


def test_only_signed_attributes_of_that_document_and_certificate(site, person, tokens):
    cert = tokens["ec"]
    item = document(cert)
    digest = hashlib.sha256(b"a document").digest()
    unknown = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.Null()]})
    good = base64.b64decode(item["to_sign"])
    pieces = [piece.dump() for piece in cms.CMSAttributes.load(good)]
    bad = {
        "another digest": signed_attributes(cert, bytes(20)),
        "another type": signed_attributes(cert, digest, content_type="signed_data"),
        "another certificate": signed_attributes(tokens["rsa"], digest),
        "unknown attribute": signed_attributes(cert, digest, unknown),
        "repeated": signed_attributes(cert, digest, attribute("message_digest", bytes(32))),
        "two values": signed_attributes(cert, digest, attribute("signing_time", *_times())),
        "not sorted": core.SetOf(contents=b"".join(sorted(pieces, reverse=True))).dump(),
        "no digest": core.SetOf(contents=b"".join(pieces[:1])).dump(),
        "other tag": b"\x30" + good[1:],
        "implicit tag": b"\xa0" + good[1:],
        "trailing": good + b"\x00",
        "truncated": good[:-1],
        "a text": b"sign me",
        "empty": b"",
        "huge": good + bytes(20000),
    }
    for name, data in bad.items():
        status, answer = site.sign(cert, [item | {"to_sign": b64(data)}])
        assert (status, answer["error"]) == (422, "attributes"), (name, answer)
    assert len(person.shown) == 1, "the person is not asked about what cannot be signed"


def _times():
    now = dt.datetime.now(dt.timezone.utc)
    return cms.Time(name="utc_time", value=now), cms.Time(
        name="utc_time", value=now - dt.timedelta(days=1)
    )


def test_wrong_pin_is_asked_again_and_said(site, person, tokens):
    person.pins = ["111111", softhsm.PIN]
    item = document(tokens["rsa"])
    status, answer = site.sign(tokens["rsa"], [item])
    assert status == 200, answer
    check(tokens["rsa"], item, answer["signatures"][0]["signature"])
    asked = [request for kind, request, *_ in person.shown if kind == "sign"]
    assert [request["wrong"] for request in asked] == [False, True]
    # SoftHSM2 says by the token's flags that fewer attempts are left
    assert asked[1]["tries"] == "few"


def test_three_wrong_pins_end_the_request(site, person, tokens):
    person.pins = ["111111"]
    status, answer = site.sign(tokens["ec"], [document(tokens["ec"])])
    assert (status, answer["error"], answer["tries"]) == (403, "pin_wrong", "few")
    assert sum(kind == "sign" for kind, *_ in person.shown) == 3
    assert "111111" not in str(answer)
    person.pins = [softhsm.PIN]
    assert site.sign(tokens["ec"], [document(tokens["ec"])])[0] == 200


def test_locked_pin_is_not_asked(site, agent, person, tokens):
    card = agent.service._card
    plain = card.certificates
    card.certificates = lambda: [item | {"tries": "none"} for item in plain()]
    status, answer = site.sign(tokens["ec"], [document(tokens["ec"])])
    assert (status, answer["error"]) == (403, "pin_locked")
    assert len(person.shown) == 1


def test_refusal_timeout_and_empty_pin(site, person, tokens):
    documents = [document(tokens["ec"])]
    person.says = False
    assert site.sign(tokens["ec"], documents)[1]["error"] == "refused"
    person.says, person.pins = True, [""]
    assert site.sign(tokens["ec"], documents)[1]["error"] == "refused"

    def nobody():
        raise Problem("timeout")

    person.during = nobody
    assert site.sign(tokens["ec"], documents)[0] == 408


def test_certificates_that_cannot_sign(site, tokens):
    assert (
        site.sign(tokens["login"], [document(tokens["login"])])[1]["error"] == "certificate_absent"
    )
    assert (
        site.sign(tokens["expired"], [document(tokens["expired"])])[1]["error"]
        == "certificate_expired"
    )


def test_certificates_are_told_after_consent(site, person, tokens):
    person.says = False
    assert site.post("/v1/certificates", {"nonce": site.nonce()})[1]["error"] == "refused"
    person.says = True
    status, answer = site.post("/v1/certificates", {"nonce": site.nonce()})
    assert status == 200
    assert {item["holder"] for item in answer["certificates"]} == {
        "Ada Neri (rsa)",
        "Ada Neri (ec)",
        "Ada Neri (expired)",
    }
    assert all(
        set(item)
        == {"certificate", "chain", "sha256", "holder", "issuer", "not_before", "not_after"}
        for item in answer["certificates"]
    )
    assert answer["certificates"][0]["chain"] == [b64(der_of(tokens["authority"]))]


def test_no_library_no_token(site, agent, tokens, tmp_path, monkeypatch):
    documents = [document(tokens["ec"])]
    agent.service._card._modules = ["/nowhere/library.so"]
    assert site.sign(tokens["ec"], documents)[1]["error"] == "no_module"
    agent.service._card._modules = [softhsm.MODULE]
    conf = tmp_path / "empty.conf"
    conf.write_text(f"directories.tokendir = {tmp_path}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    assert site.sign(tokens["ec"], documents)[1]["error"] == "no_token"


def test_card_pulled_out_in_the_middle(site, agent, tokens):
    """What was signed is answered, the rest says why not."""
    card = agent.service._card
    plain = card.sign
    card.sign = lambda sha256, pin, jobs: (plain(sha256, pin, jobs[:1])[0], Problem("token"))
    documents = [document(tokens["ec"], number) for number in (1, 2)]
    status, answer = site.sign(tokens["ec"], documents)
    assert status == 200
    check(tokens["ec"], documents[0], answer["signatures"][0]["signature"])
    assert answer["signatures"][1] == {"id": "2", "error": "token"}


def test_a_card_that_hangs_or_crashes_is_given_up(site, agent, tokens, monkeypatch, tmp_path):
    """SoftHSM2 waits for ever on a configuration that is a pipe nobody writes to."""
    started = []
    plain = subprocess.Popen

    def watched(*args, **kwargs):
        started.append(plain(*args, **kwargs))
        return started[-1]

    documents = [document(tokens["ec"])]
    good = os.environ["SOFTHSM2_CONF"]
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(children.subprocess, "Popen", watched)
    monkeypatch.setattr(card_client, "LIST_SECONDS", 2)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "pipe"))
    assert site.sign(tokens["ec"], documents)[1]["error"] == "timeout"
    assert started[0].poll() is not None
    monkeypatch.setattr(card_client, "LIST_SECONDS", 60)
    killer = threading.Timer(2, lambda: started[1].kill())
    killer.start()
    assert site.sign(tokens["ec"], documents)[1]["error"] == "token"
    monkeypatch.setenv("SOFTHSM2_CONF", good)
    assert site.sign(tokens["ec"], documents)[0] == 200


def test_names_cannot_draw_the_window(site, person, tokens):
    name = "Determina\u202egpj.exe\n\n\x1b[2JPIN: \u200b1\t2"
    assert site.sign(tokens["ec"], [document(tokens["ec"]) | {"name": name}])[0] == 200
    assert person.shown[-1][1]["documents"][0]["name"] == "Determinagpj.exe [2JPIN: 1 2"


def test_one_request_at_a_time(site, person, tokens):
    waiting, go = threading.Event(), threading.Event()

    def during():
        waiting.set()
        assert go.wait(30)

    person.during = during
    outcomes = []
    documents = [document(tokens["ec"])]
    first = threading.Thread(target=lambda: outcomes.append(site.sign(tokens["ec"], documents)))
    first.start()
    assert waiting.wait(30)
    assert site.sign(tokens["ec"], documents)[1]["error"] == "busy"
    assert site.get("/v1/status")[0] == 200
    go.set()
    first.join(60)
    assert outcomes[0][0] == 200


def test_the_pin_is_kept_nowhere(site, agent, person, tokens, tmp_path, capfd):
    site.sign(tokens["ec"], [document(tokens["ec"])])
    person.pins = ["987654321"]
    site.sign(tokens["ec"], [document(tokens["ec"])])
    said = "".join(capfd.readouterr())
    files = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    kept = repr(
        [
            vars(thing)
            for thing in (
                agent.service,
                agent.service._card,
                agent.service.pairings,
                agent.service._nonces,
            )
        ]
    )
    for pin in (softhsm.PIN, "987654321"):
        assert pin not in said + files + kept
