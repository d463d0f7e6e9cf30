"""Any file signed in the form that suits it, judged by our verification and by programs of others."""

import subprocess

import pytest
from pa_firma_tools import (
    cms_reader,
    document,
    identity,
    pades,
    report_etsi,
    sign_cms,
    sign_file,
    sign_xades,
)
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale

TEXT = "Computo metrico: € 100,00".encode()
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><doc xmlns="urn:x" a="1"><importo>100,00</importo>\n <p:n xmlns:p="urn:p"/></doc>'


@pytest.fixture(scope="module", params=["rsa", "ec"])
def ada(request, pki):
    data = pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x", kind=request.param)
    return pades.load_key_file(data, "x")


@pytest.fixture
def run(tmp_path, pki):
    (tmp_path / "root.pem").write_bytes(pki.root_pem)

    def call(*command, **files):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return call


def xmlsec(run, data, number=1):
    return run(
        "xmlsec1", "--verify", "--trusted-pem", "root.pem", "--id-attr:Id", "SignedProperties", "--enabled-key-data", "x509",
        "--node-xpath", f"(//*[local-name()='Signature'])[{number}]", "x", x=data,
    )  # fmt: skip


@pytest.mark.parametrize("timestamped", [True, False])
def test_xml_is_signed_and_others_agree(ada, pki, tsa, run, timestamped):
    data = sign_xades.sign_xml(XML, ada, pades.SignatureRequest(tsa_url=tsa.url if timestamped else ""))
    report = document.verify_document(data, original=XML, trust=[pki.root_pem])
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    assert (facts["format"], facts["level"], facts["signer"]) == ("XAdES", "B-T" if timestamped else "B-B", "Ada Neri")
    done = xmlsec(run, data)
    assert done.returncode == 0, done.stderr
    altered = data.replace(b"100,00", b"900,00")
    assert document.verify_document(altered, trust=[pki.root_pem])["verdict"] == "not_valid"
    assert xmlsec(run, altered).returncode != 0


def test_two_people_sign_the_same_xml(mario, ada, pki, tsa, run):
    request = pades.SignatureRequest(tsa_url=tsa.url)
    once = sign_xades.sign_xml(XML, mario, request)
    twice = sign_xades.sign_xml(once, ada, request)
    report = document.verify_document(twice, original=XML, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    assert [facts["signer"] for facts in report["signatures"]] == ["Mario Rossi", "Ada Neri"]
    for number in (1, 2):
        assert xmlsec(run, twice, number).returncode == 0


def test_xml_keeps_its_encoding_and_its_words(mario, pki):
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><a>perché</a>'.encode("latin-1")
    data = sign_xades.sign_xml(latin, mario)
    assert "perché".encode("latin-1") in data
    assert document.verify_document(data, original=latin, trust=[pki.root_pem])["verdict"] == "valid"


@pytest.mark.parametrize(
    "data", [b"<a", b"", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>']
)
def test_xml_that_is_not_signed(mario, data):
    with pytest.raises(FirmaError):
        sign_xades.sign_xml(data, mario)


def test_dead_authority_signs_nothing(mario):
    with pytest.raises(FirmaError) as refusal:
        sign_xades.sign_xml(XML, mario, pades.SignatureRequest(tsa_url="http://127.0.0.1:9/", tsa_timeout=1))
    assert refusal.value.code == "timestamp"


def test_verification_report_is_signed(signed, mario, pki, run):
    xml = report_etsi.build(document.verify_document(signed, trust=[pki.root_pem]))
    data = sign_xades.sign_xml(xml, mario)
    assert document.verify_document(data, original=xml, trust=[pki.root_pem])["verdict"] == "valid"
    assert xmlsec(run, data).returncode == 0


@pytest.mark.parametrize("detached", [False, True])
def test_second_signer_beside_the_first(mario, ada, pki, tsa, run, detached):
    request = pades.SignatureRequest(tsa_url=tsa.url)
    once = sign_cms.sign_cms(TEXT, mario, request, detached=detached)
    twice = sign_cms.add_signer(once, ada, request, content=TEXT if detached else None)
    report = document.verify_document(twice, original=TEXT, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert {(f["signer"], f["level"]) for f in report["signatures"]} == {("Mario Rossi", "B-T"), ("Ada Neri", "B-T")}
    first = cms_reader.load(once)["signer_infos"][0].dump()
    assert first in [item.dump() for item in cms_reader.load(twice)["signer_infos"]]
    command = ["openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", "s", "-CAfile", "root.pem"]
    command += ["-purpose", "any", "-out", "out", *(["-content", "c"] if detached else [])]
    done = run(*command, s=twice, c=TEXT)
    assert done.returncode == 0, done.stderr
    with pytest.raises(FirmaError) as refusal:
        sign_cms.add_signer(twice, ada, request, content=TEXT)
    assert refusal.value.code == "already_signed"


def test_second_signer_on_what_openssl_signed(mario, ada, pki, tmp_path, run):
    """BER with indefinite lengths, as openssl streams it."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        pkcs12,
    )

    key, cert, _others = pkcs12.load_key_and_certificates(pki.issue("Ugo Bo", demo_codice_fiscale("Bo", "Ugo"), "x"), b"x")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    command = "openssl cms -sign -cades -binary -stream -nodetach -md sha256 -in t -signer c.pem -inkey k.pem -outform DER -out s"
    done = run(*command.split(), **{"t": TEXT, "c.pem": cert.public_bytes(Encoding.PEM), "k.pem": pem})
    assert done.returncode == 0, done.stderr
    once = (tmp_path / "s").read_bytes()
    assert once[1] == 0x80 and sign_file.possible_forms(once) == ["cades"]
    report = document.verify_document(sign_file.sign_file(once, ada), original=TEXT, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and len(report["signatures"]) == 2, report["reasons"]


def test_form_follows_the_bytes(pdf, mario):
    signed = sign_cms.sign_cms(TEXT, mario)
    cases = [(pdf, "pades"), (XML, "xades"), (TEXT, "cades"), (b"<p>not xml", "cades"), (b"\x30\x03\x02\x01\x01", "cades"), (signed, "cades")]
    for data, form in cases:
        assert sign_file.natural_form(data) == form
    assert sign_file.possible_forms(sign_cms.sign_cms(TEXT, mario, detached=True)) == ["cades_detached"]
    assert sign_file.possible_forms(pdf) == ["pades", "cades", "cades_detached"]
    with pytest.raises(FirmaError):
        sign_file.sign_file(TEXT, mario, form="pades")


def test_names():
    names = [("a.pdf", "pades", "a-firmato.pdf"), ("a-firmato.pdf", "pades", "a-firmato.pdf"), ("a.XML", "xades", "a-firmato.XML"),
             ("a.txt", "cades", "a.txt.p7m"), ("a.txt.P7M", "cades", "a.txt.P7M"), ("a", "cades_detached", "a.p7s")]  # fmt: skip
    for name, form, expected in names:
        assert sign_file.signed_name(name, form) == expected


def test_pdf_is_known_to_poppler(pdf, mario, run):
    done = run("pdfsig", "-nocert", "s.pdf", **{"s.pdf": sign_file.sign_file(pdf, mario)})
    assert "Signature is Valid" in done.stdout, done.stdout + done.stderr


def test_seal_is_of_a_body(pki, mario):
    seal = pades.load_key_file(pki.issue_seal("Comune di Prova", "VATIT-00743110157", "x"), "x")
    facts = identity.describe_certificate(seal.signing_cert)
    assert (facts["seal"], facts["body_code"], facts["codice_fiscale"]) == (True, "00743110157", "")
    assert identity.describe_certificate(mario.signing_cert)["seal"] is False
    report = document.verify_document(sign_cms.sign_cms(TEXT, seal), trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["signatures"][0]["seal"]
