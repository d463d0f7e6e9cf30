"""The machine-readable report of every format and every verdict, against the schema of ETSI TS 119 102-2 and the pairs of
indications of EN 319 102-1."""

import base64

import etsi_schema
import pytest
from by_hand import DAY, NOW, Authority, cms, signed_pdf, timestamp
from cms_by_hand import CONTENT, add_unsigned, archived, stamped, tlv
from cryptography import x509
from lxml import etree
from pa_firma_tools import document, report_etsi, words
from test_firma_asic import ASIC_S, container
from test_firma_revoca import make_crl, make_ocsp
from xades_by_hand import Extended
from xml_by_hand import INVOICE, sign

NS = {"r": "http://uri.etsi.org/19102/v1.2.1#"}
FAILED = {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}


def indications(report):
    """[(main, {sub…})] of a report that conforms."""
    data = report_etsi.build(report)
    etsi_schema.check(data)
    found = []
    for status in etree.fromstring(data).iterfind(".//r:SignatureValidationStatus", NS):
        main = status.findtext("r:MainIndication", namespaces=NS).removeprefix("urn:etsi:019102:mainindication:")
        names = {node.text.removeprefix("urn:etsi:019102:subindication:") for node in status.iterfind("r:SubIndication", NS)}
        assert {"total-passed": not names, "total-failed": names and names <= FAILED}.get(main, names and not names & FAILED)
        found.append((main, names))
    return found


@pytest.fixture(scope="module")
def person(ca):
    return ca.issue()


@pytest.fixture
def verify(ca):
    def run(data, trust=None, **options):
        anchors = [ca.root.pem] if trust is None else trust
        return document.verify_document(data, trust=anchors, **options)

    return run


def test_every_format(verify, ca, person, tmp_path):
    tsa = ca.issue_tsa()
    made = Extended(sign(INVOICE, person), tmp_path)
    made.sign_stamp(tsa)
    made.archive(tsa)
    once = stamped(cms(CONTENT, person), tsa, tmp_path)
    for data, original in (
        (signed_pdf(person), None),
        (cms(CONTENT, person), None),
        (cms(CONTENT, person, options=("-cades",)), CONTENT),
        (once, None),
        (archived(once, tsa, tmp_path), None),
        (cms(CONTENT, person, ca.issue("Anna Bianchi")), None),
        (cms(cms(CONTENT, person), person), None),
        (base64.b64encode(cms(CONTENT, person)), None),
        (timestamp(tsa, CONTENT, tmp_path), CONTENT),
        (made.data, None),
        (container([ASIC_S, ("f.txt", CONTENT), ("META-INF/signature.p7s", cms(CONTENT, person, options=("-cades",)))]), None),
    ):
        report = verify(data, original=original)
        assert {main for main, _names in indications(report)} == {"total-passed"}, report["reasons"]
        for options in ({"trust": []}, {"original": b"altro"}, {"at": NOW + 5000 * DAY}):
            indications(verify(data, **{"original": original, **options}))
        indications(verify(data[:-30] if data[:1] != b"P" else data[:200], original=original))


def test_pades_of_every_level(signed, pki):
    for options in ({"trust": [pki.root_pem]}, {"trust": []}):
        indications(document.verify_document(signed, **options))


@pytest.mark.parametrize("data", [b"", b"rubbish", b"%PDF-1.7\n%%EOF", b"<a/>", b"PK\x03\x04", b"\x30\x80", b"%PDF-1.7 " + bytes(5000)])
def test_files_that_are_not_signed(verify, data):
    assert [main for main, _names in indications(verify(data))] != ["total-passed"]


def test_passed_and_what_the_reports_say(verify, ca, person, tmp_path):
    tsa = ca.issue_tsa()
    report = verify(archived(stamped(cms(CONTENT, person), tsa, tmp_path), tsa, tmp_path))
    root = etree.fromstring(report_etsi.build(report))
    assert root.findtext(".//r:SignatureValidationProcessID", namespaces=NS).endswith(":LTA")
    assert root.findtext(".//r:TypeOfProof", namespaces=NS) == "urn:etsi:019102:poetype:validation"
    names = [etree.QName(node).localname for node in root.find(".//r:SignatureAttributes", NS)]
    assert names == ["SigningTime", "SignatureTimeStamp", "ArchiveTimeStamp"]
    data = cms(CONTENT, person)
    report = verify(data, timestamp=timestamp(tsa, data, tmp_path))
    root = etree.fromstring(report_etsi.build(report))
    assert root.findtext(".//r:TypeOfProof", namespaces=NS) == "urn:etsi:019102:poetype:provided"
    assert root.findtext(".//r:SignatureValidationProcessID", namespaces=NS).endswith(":LTVM")


def test_failed(verify, ca, person, tmp_path):
    tsa = ca.issue_tsa()
    data = cms(CONTENT, person)
    assert indications(verify(data.replace(b"100,00", b"900,00"))) == [("total-failed", {"HASH_FAILURE"})]
    assert indications(verify(data, original=b"altro")) == [("total-failed", {"HASH_FAILURE"})]
    spoiled = bytearray(data)
    spoiled[-5] ^= 1
    assert indications(verify(bytes(spoiled))) == [("total-failed", {"SIG_CRYPTO_FAILURE"})]
    assert indications(verify(signed_pdf(person) + b"% altro\n"))[0][0] == "total-failed"
    proved = stamped(data, tsa, tmp_path)
    revoked = {"crls": [make_crl(ca.root, [(person, NOW - 10 * DAY, None)])]}
    assert indications(verify(proved, evidence=revoked)) == [("total-failed", {"REVOKED"})]
    for start, end, name in ((NOW - 20 * DAY, NOW - 10 * DAY, "EXPIRED"), (NOW + 10 * DAY, NOW + 20 * DAY, "NOT_YET_VALID")):
        out = stamped(cms(CONTENT, ca.issue(start=start, end=end)), tsa, tmp_path)
        assert indications(verify(out, at=NOW + 15 * DAY)) == [("total-failed", {name})]


def test_indeterminate(verify, ca, person, tmp_path):
    data = cms(CONTENT, person)
    revoked = {"ocsps": [make_ocsp(person, ca.root, revoked_at=NOW - 10 * DAY)]}
    held = {"crls": [make_crl(ca.root, [(person, NOW - 10 * DAY, x509.ReasonFlags.certificate_hold)])]}
    middle = ca.issue_ca()
    inner = cms(CONTENT, ca.issue(issuer=middle), certs=[middle])
    gone = {"crls": [make_crl(ca.root, [(middle, NOW - 10 * DAY, None)])]}
    for report, name in (
        (verify(data, evidence=revoked), "REVOKED_NO_POE"),
        (verify(data, evidence=held), "TRY_LATER"),
        (verify(inner, evidence=gone), "REVOKED_CA_NO_POE"),
        (verify(data, at=NOW + 2000 * DAY), "OUT_OF_BOUNDS_NO_POE"),
        (verify(data, trust=[]), "NO_CERTIFICATE_CHAIN_FOUND"),
        (verify(data, trust=[Authority(tmp_path / "x", "Altra").root.pem]), "NO_CERTIFICATE_CHAIN_FOUND"),
        (verify(cms(CONTENT, person, digest="sha1")), "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        (verify(stamped(cms(CONTENT, person, digest="sha1"), ca.issue_tsa(), tmp_path)), "CRYPTO_CONSTRAINTS_FAILURE"),
        (verify(cms(CONTENT, person, options=("-cades",))), "SIGNED_DATA_NOT_FOUND"),
        (verify(cms(CONTENT, person, options=("-nodetach", "-cades", "-nocerts"))), "NO_SIGNING_CERTIFICATE_FOUND"),
        (verify(cms(CONTENT, ca.issue(usages=("key_encipherment",)))), "SIG_CONSTRAINTS_FAILURE"),
        (verify(data, trust_lists=[b"<a/>"]), "GENERIC"),
    ):
        assert indications(report) == [("indeterminate", {name})], (name, report["reasons"])


def test_one_bad_signature_does_not_condemn_the_other(verify, ca, person):
    """Nor does a good one save it; what the whole file has against it counts for both."""
    data = cms(CONTENT, person, ca.issue(usages=("key_encipherment",)))
    assert sorted(indications(verify(data))) == [("indeterminate", {"SIG_CONSTRAINTS_FAILURE"}), ("total-passed", set())]
    assert {main for main, _names in indications(verify(data, original=b"altro"))} == {"total-failed"}


def test_signature_policy_is_shown(verify, ca, person, tmp_path):
    """By the attribute of CAdES and the property of XAdES; put there by hand, so the signature is no longer whole."""
    policy = tlv(0x30, bytes.fromhex("06032a0304"))
    assert policy == bytes.fromhex("300506032a0304")
    from asn1crypto import cms as asn1
    from asn1crypto import core

    info = asn1.ContentInfo.load(cms(CONTENT, person))
    signer = info["content"]["signer_infos"][0]
    for value, told in ((policy, "urn:oid:1.2.3.4"), (b"\x05\x00", "implied")):
        attribute = asn1.CMSAttribute({"type": "1.2.840.113549.1.9.16.2.15", "values": [core.Any.load(value)]})
        changed = info.copy()
        changed["content"]["signer_infos"][0]["signed_attrs"] = asn1.CMSAttributes([*signer["signed_attrs"], attribute])
        facts = verify(changed.dump())["signatures"][0]
        assert facts["signature_policy"] == told
    assert dict(words.rows(facts | {"signature_policy": "implied"}, "it"))["Politica di firma"] == "sottintesa"
    x = "http://uri.etsi.org/01903/v1.3.2#"
    root = etree.fromstring(sign(INVOICE, person))
    place = root.find(f".//{{{x}}}SignedSignatureProperties")
    place.append(etree.fromstring(
        f'<x:SignaturePolicyIdentifier xmlns:x="{x}"><x:SignaturePolicyId><x:SigPolicyId><x:Identifier>urn:oid:1.2.3.4</x:Identifier>'
        "</x:SigPolicyId></x:SignaturePolicyId></x:SignaturePolicyIdentifier>"
    ))  # fmt: skip
    report = verify(etree.tostring(root))
    assert report["signatures"][0]["signature_policy"] == "urn:oid:1.2.3.4"
    assert b"SigPolicyId>urn:oid:1.2.3.4<" in report_etsi.build(report)
    indications(report)


def test_the_checker_refuses(verify, person):
    """What is not in the schema, out of order, missing or repeated."""
    good = report_etsi.build(verify(cms(CONTENT, person)))
    etsi_schema.check(good)
    for old, new in (
        (b"<HashOnly>false</HashOnly>", b""),
        (b"<HashOnly>false</HashOnly>", b"<HashOnly>no</HashOnly>"),
        (b"<HashOnly>false</HashOnly>", b"<HashOnly>false</HashOnly><Invented/>"),
        (b"<DocHashOnly>false</DocHashOnly>", b"<DocHashOnly>false</DocHashOnly><DocHashOnly>false</DocHashOnly>"),
        (b'Pseudonym="false"', b'Invented="false"'),
        (b'VOReference="D"', b'VOReference="E"'),
    ):
        assert old in good
        with pytest.raises(Exception):  # noqa: B017 - whichever of the two notices
            etsi_schema.check(good.replace(old, new))


def test_timestamps_that_are_not_there(verify, person):
    report = verify(add_unsigned(cms(CONTENT, person), ("1.2.840.113549.1.9.16.2.14", [])))
    indications(report)
