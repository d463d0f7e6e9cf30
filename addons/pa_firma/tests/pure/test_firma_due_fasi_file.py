"""Any file signed in two phases: what comes out is as good as signed at once, and an answer that is not right is refused."""

import asyncio

import pytest
from pa_firma_tools import document, pades, sign_file, two_phase_file
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale

TEXT = "Computo metrico: € 100,00".encode()
XML = b'<doc xmlns="urn:x"><importo>100,00</importo></doc>'


@pytest.fixture(scope="module", params=["rsa", "ec"])
def ada(request, pki):
    data = pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x", kind=request.param)
    return pades.load_key_file(data, "x")


def answer(signer, to_sign):
    return asyncio.run(signer.async_sign_raw(to_sign, "sha256"))


def both(data, signer, says, form=None, content=None):
    prepared = two_phase_file.prepare_file(data, signer.signing_cert, signer.chain, says, form, content)
    raw = prepared.dumps()
    assert two_phase_file.form_of(raw) == prepared.form
    return two_phase_file.finish_file(raw, data, answer(signer, prepared.to_sign), says, content)


@pytest.mark.parametrize("form", ["pades", "xades", "cades", "cades_detached"])
def test_each_form(pdf, ada, mario, pki, tsa, form):
    data = {"pades": pdf, "xades": XML}.get(form, TEXT)
    says = pades.SignatureRequest(tsa_url=tsa.url)
    once = both(data, ada, says, form)
    twice = both(once, mario, says, None, data if form == "cades_detached" else None)
    for signed, names in ((once, ["Ada Neri"]), (twice, ["Ada Neri", "Mario Rossi"])):
        report = document.verify_document(signed, original=data, trust=[pki.root_pem])
        assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
        assert sorted((f["signer"], f["level"]) for f in report["signatures"]) == [(name, "B-T") for name in names]


@pytest.mark.parametrize("form", ["xades", "cades", "cades_detached"])
def test_wrong_answers(ada, mario, form):
    data = XML if form == "xades" else TEXT
    prepared = two_phase_file.prepare_file(data, ada.signing_cert, form=form)
    raw, good = prepared.dumps(), answer(ada, prepared.to_sign)
    cases = [(data, b""), (data, good[:-1] + b"\x00"), (data, answer(mario, prepared.to_sign)), (data, answer(ada, b"x"))]
    for given, signature in [*cases, (data + b" ", good)]:
        with pytest.raises(FirmaError):
            two_phase_file.finish_file(raw, given, signature)
    assert two_phase_file.finish_file(raw, data, good)


def test_not_prepared(ada, pki):
    for data, form in ((b"", None), (TEXT, "pades"), (TEXT, "xades"), (XML, "pades")):
        with pytest.raises(FirmaError):
            two_phase_file.prepare_file(data, ada.signing_cert, form=form)
    twice = sign_file.sign_file(TEXT, ada)
    with pytest.raises(FirmaError) as refusal:
        two_phase_file.prepare_file(twice, ada.signing_cert)
    assert refusal.value.code == "already_signed"
