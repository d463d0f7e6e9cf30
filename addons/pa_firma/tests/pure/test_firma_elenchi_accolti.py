"""Lists accepted once and used afterwards in their compact form; evidence found outside the file."""

import base64
import datetime as dt
import hashlib
import json
import threading

import pytest
from by_hand import DAY, NOW, Authority
from by_hand import cms as sign
from lxml import etree
from pa_firma_tools import document, listed, parallel, sandbox, sandbox_pool, trusted_list, verify
from pa_firma_tools.errors import FirmaError
from test_firma_elenchi import make_list, service, signed_list
from test_firma_revoca import make_crl, make_ocsp

CONTENT = b"Determina n. 4\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("office"), "Ufficio").issue("Firmatario elenco", kind="rsa", serial="")


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


@pytest.fixture(scope="module")
def good(ca, office):
    return signed_list(make_list(service(ca.root, ("granted", NOW - 900 * DAY))), office)


def as_listed(data, office):
    raw = json.dumps(trusted_list.read(data, [office.pem])["list"]).encode()
    return sandbox.Listed(hashlib.sha256(raw).hexdigest(), lambda: raw)


def test_what_is_read(good, office, ca):
    found = trusted_list.read(good, [office.pem])
    data = found["list"]
    assert found["signer"] == "Firmatario elenco" and found["signer_sha256"] == hashlib.sha256(office.der).hexdigest()
    assert (data["territory"], data["sequence"], data["lotl"]) == ("IT", 7, False)
    assert dt.datetime.fromisoformat(data["next_update"]) == NOW + 90 * DAY
    assert list(data["certs"]) == [hashlib.sha256(ca.root.der).hexdigest()]


def test_isolated_reading_says_the_same(good, office, ca):
    assert sandbox.read_list(good, [office.pem]) == trusted_list.read(good, [office.pem])
    assert sandbox.read_list(good, [ca.root.pem])["error"] == "list_signer"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"rubbish", b"<a/>", b"%PDF-1.7", bytes(2_000_000), b"<TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'/>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'>&x;</TrustServiceStatusList>",
        b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 10) for n in range(12))
        + b"]><TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'>&a11;</TrustServiceStatusList>",
        b"<a>" * 100_000,
    ],
)  # fmt: skip
def test_bad_lists(data, office):
    assert "error" in trusted_list.read(data, [office.pem])
    assert "error" in sandbox.read_list(data, [office.pem])


def test_unsigned_altered_or_by_somebody_else(ca, office, good, tmp_path):
    unsigned = make_list(service(ca.root, ("granted", NOW - 900 * DAY)))
    other = Authority(tmp_path).issue("Altro", kind="rsa", serial="")
    for data, signers in (
        (unsigned, [office.pem]),
        (good.replace(b"granted", b"withdrawn"), [office.pem]),
        (good, []),
        (good, [other.pem]),
        (good, [b"rubbish"]),
    ):
        assert "error" in trusted_list.read(data, signers)


def test_signature_wrapping(ca, office, mario, tmp_path):
    """A service hidden inside the signature, which no signature covers, is not read."""
    other = Authority(tmp_path, "Altra").root
    whole = etree.fromstring(signed_list(make_list(service(other, ("granted", NOW - 900 * DAY))), office))
    forged = etree.fromstring(make_list(service(ca.root, ("granted", NOW - 900 * DAY))))
    tsl = "{http://uri.etsi.org/02231/v2#}"
    signature = whole.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    hidden = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    hidden.append(forged.find(f"{tsl}TrustServiceProviderList"))
    data = etree.tostring(whole)
    assert set(trusted_list.read(data, [office.pem])["list"]["certs"]) == {hashlib.sha256(other.der).hexdigest()}
    report = document.verify_document(sign(CONTENT, mario), trust=[office.pem], trust_lists=[data])
    assert report["verdict"] == "undetermined"


def test_signed_list_inside_a_forged_one(ca, office, good):
    """The old list whole, put into a new one that the attacker wrote."""
    forged = etree.fromstring(make_list(service(ca.root, ("granted", NOW - 900 * DAY))))
    inside = etree.fromstring(good)
    signature = inside.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    forged.append(inside)
    assert "error" in trusted_list.read(etree.tostring(forged), [office.pem])
    inside.remove(signature)
    forged.append(signature)
    assert "error" in trusted_list.read(etree.tostring(forged), [office.pem])


def test_lists_without_a_number_are_refused(ca, office):
    for number in (b"", b"-1", b"x", b"99999999999", "٧".encode()):
        listing = make_list(service(ca.root, ("granted", NOW - 900 * DAY))).replace(b">7<", b">" + number + b"<")
        assert "error" in trusted_list.read(signed_list(listing, office), [office.pem])


def test_certificate_that_cannot_be_read(ca, office, mario, tmp_path):
    """In a list of a thousand services one is written badly: the others count."""
    other = Authority(tmp_path).issue_ca()
    good, bad = (service(item, ("granted", NOW - 900 * DAY)) for item in (ca.root, other))
    broken = bad.replace(base64.b64encode(other.der).decode(), base64.b64encode(other.der[:300]).decode())
    data = signed_list(make_list(broken, good, bad.replace("<X509Certificate>", "<X509Certificate>*")), office)
    found = trusted_list.read(data, [office.pem])["list"]
    assert list(found["certs"]) == [hashlib.sha256(ca.root.der).hexdigest()] and len(found["services"]) == 3
    assert document.verify_document(sign(CONTENT, mario), trust=[office.pem], trust_lists=[data])["verdict"] == "valid"


def test_pointers(office):
    lotl = make_list(kind="EUlistofthelists", pointers=[office], territory="EU")
    mime = (
        b"<TSLLocation>https://lists.example/it.xml</TSLLocation><AdditionalInformation><OtherInformation>"
        b"<m:MimeType xmlns:m='http://uri.etsi.org/02231/v2/additionaltypes#'>application/vnd.etsi.tsl+xml</m:MimeType></OtherInformation>"
    )
    found = trusted_list.read(signed_list(lotl.replace(b"<AdditionalInformation>", mime), office), [office.pem])["list"]
    assert found["lotl"] and found["pointers"] == [
        {
            "territory": "IT", "address": "https://lists.example/it.xml", "lotl": False, "union": True, "xml": True,
            "certs": [base64.b64encode(office.der).decode()],
        }
    ]  # fmt: skip


# Used ------------------------------------------------------------------------------------------------------------


def test_accepted_list_in_the_isolated_verification(ca, office, mario, good):
    """Qualified by the compact form, which is read from the database once."""
    reads = []
    compact = as_listed(good, office)
    counted = sandbox.Listed(compact.sha256, lambda: reads.append(1) or compact.read())
    sandbox_pool.close()
    for verify_with in (sandbox.verify_document, sandbox.verify_document, sandbox.verify_pdf):
        report = verify_with(sign(CONTENT, mario), accepted_lists=[counted])
        if verify_with is sandbox.verify_document:
            assert report["verdict"] == "valid", report["reasons"]
            assert report["signatures"][0]["qualified_by"] == "IT 7, Prestatore"
    assert len(reads) == 1
    bare = sandbox.verify_document(sign(CONTENT, mario))
    assert bare["verdict"] == "undetermined" and bare["signatures"][0]["qualified"] is None


def test_many_lists_start_the_helper_anew(ca, office, mario, good):
    compact = as_listed(good, office)
    for number in range(sandbox_pool.MAX_LISTS + 5):
        sandbox_pool._idle[-1].sent.add(f"old {number}")
    assert sandbox.verify_document(sign(CONTENT, mario), accepted_lists=[compact])["verdict"] == "valid"
    assert sandbox_pool._idle[-1].sent == {compact.sha256}


def test_lists_are_read_where_their_reader_belongs(office, mario, good):
    """Many verifications at once: what reads a list from the database is called by the caller's thread alone."""
    threads, compact = set(), as_listed(good, office)
    listed_here = sandbox.Listed(compact.sha256, lambda: threads.add(threading.get_ident()) or compact.read())
    sandbox_pool.close()
    jobs = [(number, {"data": sign(CONTENT, mario), "accepted_lists": [listed_here]}) for number in range(6)]
    reports = [report for _key, report, _seconds in parallel.verify_many(jobs)]
    assert {report["verdict"] for report in reports} == {"valid"} and threads == {threading.get_ident()}


def test_old_list_is_told(office, ca, mario):
    data = signed_list(make_list(service(ca.root, ("granted", NOW - 900 * DAY)), until=NOW - DAY), office)
    report = sandbox.verify_document(sign(CONTENT, mario), accepted_lists=[as_listed(data, office)])
    assert report["verdict"] == "valid" and [item["code"] for item in report["warnings"]] == ["trusted_list_old"]


def test_compact_form_is_no_list(good, office, ca, mario):
    """Nobody makes a compact form pass for a signed list."""
    raw = as_listed(good, office).read()
    report = document.verify_document(sign(CONTENT, mario), trust_lists=[raw])
    assert report["reasons"][0]["code"] == "malformed" and report["verdict"] != "valid"


def test_only_what_concerns_a_certificate(ca, office, mario, good, tmp_path):
    whole = listed.TrustedList(trusted_list.read(good, [office.pem])["list"])
    from asn1crypto import x509

    cert, other = x509.Certificate.load(mario.der), x509.Certificate.load(Authority(tmp_path, "Altra").issue().der)
    assert len(whole.certificates("CA/QC", about=[cert])) == 1
    assert not whole.certificates("CA/QC", about=[other]) and not whole.certificates("TSA/QTST", about=[cert])
    assert not whole.certificates("CA/QC", about=[cert], moment=NOW - 1000 * DAY)


# Evidence from outside ----------------------------------------------------------------------------------------------


def test_evidence_from_outside(ca, mario):
    data = sign(CONTENT, mario)
    for given, state, verdict in (
        ({"ocsps": [make_ocsp(mario, ca.root)]}, "good", "valid"),
        ({"crls": [make_crl(ca.root)]}, "good", "valid"),
        ({"ocsps": [make_ocsp(mario, ca.root, revoked_at=NOW - DAY)]}, "revoked", "not_valid"),
        ({"crls": [make_crl(ca.root, [(mario, NOW - DAY, None)])]}, "revoked", "not_valid"),
        ({"ocsps": [b"rubbish"], "crls": [b"rubbish"]}, "not_checked", "valid"),
    ):
        for run in (document.verify_document, sandbox.verify_document):
            report = run(data, trust=[ca.root.pem], evidence=given)
            facts = report["signatures"][0]
            assert (facts["revocation"], report["verdict"], facts["level"]) == (state, verdict, "B-B")


def test_forged_evidence_is_not_believed(ca, mario, tmp_path):
    stranger = Authority(tmp_path, "Radice a mano")  # the same name
    data = sign(CONTENT, mario)
    for given in ({"ocsps": [make_ocsp(mario, stranger.root, revoked_at=NOW - DAY)]}, {"crls": [make_crl(stranger.root)]}):
        report = document.verify_document(data, trust=[ca.root.pem], evidence=given)
        assert report["signatures"][0]["revocation"] == "not_checked" and report["verdict"] == "valid"
    report = document.verify_document(data, trust=[], evidence={"certs": [ca.root.der]})
    assert report["verdict"] == "undetermined"


def test_chains_are_told_when_asked(ca, mario):
    middle = ca.issue_ca()
    signer = ca.issue(issuer=middle)
    data = sign(CONTENT, signer)
    assert "chains" not in document.verify_document(data, trust=[ca.root.pem])
    report = sandbox.verify_document(data, trust=[ca.root.pem], chains=True)
    assert [(item["trusted"], len(item["certs"])) for item in report["chains"]] == [(False, 1)]
    report = sandbox.verify_document(data, trust=[ca.root.pem], chains=True, evidence={"certs": [middle.der]})
    assert report["verdict"] == "valid"
    told = report["chains"][0]
    assert told["trusted"] and [base64.b64decode(item) for item in told["certs"]] == [signer.der, middle.der, ca.root.der]


def test_unreadable_evidence_is_undetermined_at_worst(ca, mario):
    report = document.verify_document(sign(CONTENT, mario), trust=[ca.root.pem], evidence={"certs": [b"rubbish"]})
    assert report["verdict"] == "undetermined"


def test_pdf_takes_the_same(ca, mario):
    with pytest.raises(FirmaError):
        verify.trust_into({"warnings": []}, [b"rubbish"], None)
