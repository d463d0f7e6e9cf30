"""The report in the forms that people and machines keep."""

import pytest
from lxml import etree
from pa_firma_tools import document, report_etsi, report_html, words

NS = {"r": "http://uri.etsi.org/19102/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}
PARTS = [
    "SignatureIdentifier", "ValidationTimeInfo", "SignersDocument", "SignatureAttributes", "SignerInformation",
    "SignatureQuality", "SignatureValidationProcess", "SignatureValidationStatus",
]  # fmt: skip


@pytest.fixture(scope="module")
def reports(signed, pki):
    """A valid one, a broken one, one that nobody trusts, one without signatures."""
    good = document.verify_document(signed, trust=[pki.root_pem])
    bad = document.verify_document(signed.replace(b"/Type /Sig", b"/Type /sig") + b"x", trust=[pki.root_pem])
    return good, bad, document.verify_document(signed), document.verify_document(b"%PDF-1.7\n%%EOF")


def test_etsi(reports):
    expected = ["total-passed", "total-failed", "indeterminate", "total-failed"]
    for report, indication in zip(reports, expected, strict=True):
        root = etree.fromstring(report_etsi.build(report))
        assert root.tag == "{%s}ValidationReport" % NS["r"]
        main = [node.text for node in root.iterfind(".//r:MainIndication", NS)]
        assert main and set(main) == {f"urn:etsi:019102:mainindication:{indication}"}
        for item in root.iterfind("r:SignatureValidationReport", NS):
            names = [etree.QName(child).localname for child in item]
            assert names == [name for name in PARTS if name in names]  # the order of the schema
    good = etree.fromstring(report_etsi.build(reports[0]))
    assert good.findtext(".//r:Signer", namespaces=NS) == "Mario Rossi"
    proof = good.findtext(".//r:BestSignatureTime/r:POETime", namespaces=NS)
    assert proof == reports[0]["signatures"][0]["timestamp"]["time"]


@pytest.mark.parametrize("lang", ["it", "en"])
def test_page(reports, lang):
    for report in reports:
        page = report_html.build(report, lang).decode()
        assert words.VERDICTS[lang][report["verdict"]] in page and report["sha256"] in page
        assert "http" not in page and "<script" not in page


def test_a_file_that_is_not_signed_is_told_apart_from_a_bad_signature(reports):
    unsigned = {**reports[0], "verdict": "not_valid", "signatures": [], "reasons": [{"code": "unsigned", "detail": "none"}]}
    assert report_html.panel(unsigned, "it")["title"] == "NESSUNA FIRMA"
    assert "NESSUNA FIRMA" in words.render(unsigned, "it")
    damaged = {**unsigned, "reasons": [*unsigned["reasons"], {"code": "malformed", "detail": "damaged"}]}
    assert report_html.panel(damaged, "it")["title"] == "NON VALIDA"


def test_common_reasons_have_no_english_in_italian(reports):
    untrusted = reports[2]
    untrusted = {**untrusted, "reasons": [{"code": "untrusted", "detail": "Firma1: the certificate does not lead to a trusted authority"}]}
    assert words.explain(untrusted["reasons"][0], "it") == words.REASONS_IT["untrusted"] + " [Firma1]"
    assert words.explain({"code": "untrusted", "detail": "x y: z"}, "it").endswith("[x y: z]")
    assert report_html.panel(untrusted, "it")["reasons"] == [words.REASONS_IT["untrusted"] + " [Firma1]"]


def test_names_in_a_certificate_cannot_write_the_page(reports):
    hostile = {**reports[0], "file": "<script>alert(1)</script>"}
    hostile["signatures"] = [{**facts, "signer": "<img src=x>\x00\ud800"} for facts in hostile["signatures"]]
    assert b"<script>" not in report_html.build(hostile) and b"<img" not in report_html.build(hostile)
    assert etree.fromstring(report_etsi.build(hostile)) is not None


def test_pdf(reports):
    assert report_html.build_pdf(reports[0]).startswith(b"%PDF-")


def test_every_reason_has_italian_words():
    """The codes that the verification uses, read from the source of what it is made of."""
    import re
    from pathlib import Path

    tools, waiting, seen, found = Path(document.__file__).parent, ["document"], set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen or not (tools / f"{name}.py").exists():
            continue
        seen.add(name)
        text = (tools / f"{name}.py").read_text()
        waiting += re.findall(r"^from \.(\w+) import", text, re.MULTILINE)
        for names in re.findall(r"^from \. import (?:\(([^)]*)\)|(.*))", text, re.MULTILINE):
            waiting += re.findall(r"\w+", " ".join(names))
        found |= set(re.findall(r'(?:FirmaError\(|(?:NOT_VALID|UNDETERMINED), )"([a-z_]+)"', text))
        found |= set(re.findall(r'warning\(facts, "([a-z_]+)"', text))
    assert {"sniff", "xades", "cades", "trusted_list"} <= seen and len(found) > 30
    assert found - set(words.REASONS_IT) == set()


@pytest.mark.parametrize(("detail", "told"), [
    ("Firma1: the certificate is revoked since 2026-11-27T01:00:00+00:00", "Firma1: revocato dal 27/11/2026 02:00:00 (CET)"),
    (
        "1: the authority CA Uno is suspended since 2026-07-01T10:00:00+00:00, and no proof of time says that it was signed before",
        "1: quello dell'autorità CA Uno: sospeso dal 01/07/2026 12:00:00 (CEST), e nulla prova che la firma sia anteriore",
    ),
])  # fmt: skip
def test_since_when_it_is_revoked_in_italian(detail, told):
    assert words.explain({"code": "revoked", "detail": detail}, "it") == f"{words.REASONS_IT['revoked']} [{told}]"
