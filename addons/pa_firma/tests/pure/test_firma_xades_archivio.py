"""The timestamps of XAdES that outlive certificates (EN 319 132-1), made by hand and by openssl, with tampered siblings."""

import base64
import copy

import pytest
from by_hand import DAY, NOW, timestamp
from lxml import etree
from pa_firma_tools import document, words
from test_firma_revoca import make_ocsp
from xades_by_hand import DS, EXCLUSIVE, X141, Extended, X, octets
from xml_by_hand import INVOICE, detached, sign

LATER = NOW + 100 * DAY
REFS = ("CompleteCertificateRefs", "CompleteRevocationRefs")


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(end=NOW + 10 * DAY)


@pytest.fixture(scope="module")
def short(ca):
    return ca.issue_tsa(end=NOW + 20 * DAY)


@pytest.fixture(scope="module")
def long(ca):
    return ca.issue_tsa()


@pytest.fixture
def check(ca, codes):
    def run(data, at=LATER, **options):
        report = document.verify_document(data, trust=[ca.root.pem], at=at, **options)
        return report, codes(report), report["signatures"][0]

    return run


@pytest.fixture
def once(mario, short, tmp_path):
    """Signer and first timestamp authority will have expired at the time of judgement."""
    made = Extended(sign(INVOICE, mario), tmp_path)
    made.sign_stamp(short)
    return made


def kinds(facts):
    return [(item["kind"], item["trusted"]) for item in facts["timestamps"]]


@pytest.mark.parametrize("space", [X141, X])
def test_archive(check, once, long, space):
    report, reasons, facts = check(once.data)
    assert report["verdict"] == "undetermined" and reasons == {"expired"}
    once.archive(long, space)
    report, reasons, facts = check(once.data)
    assert report["verdict"] == "valid" and not reasons, report["reasons"]
    assert kinds(facts) == [("signature", True), ("archive", True)]
    assert facts["proved_time"] == facts["timestamps"][0]["time"]


def test_levels(check, ca, once, mario, long):
    """B-T, with revocation data B-LT, with the archive timestamp B-LTA; without revocation data it is not B-LTA."""
    assert check(once.data, at=None)[2]["level"] == "B-T"
    bare = Extended(once.data, once.folder)
    bare.archive(long)
    assert check(bare.data)[2]["level"] == "B-T"
    once.add_values(certs=[ca.root.der], ocsps=[make_ocsp(mario, ca.root)])
    facts = check(once.data, at=None)[2]
    assert (facts["level"], facts["revocation"]) == ("B-LT", "good")
    once.archive(long)
    report, _reasons, facts = check(once.data)
    assert (report["verdict"], facts["level"], facts["revocation"]) == ("valid", "B-LTA", "good")


def test_renewed(check, ca, once, long, tmp_path):
    """The first archive timestamp dies too; validation data for it and a second that covers all that came before."""
    once.archive(ca.issue_tsa(end=NOW + 30 * DAY))
    assert check(once.data)[0]["verdict"] == "undetermined"
    certificates, _none = once.values(certs=[ca.root.der])
    once.add("TimeStampValidationData", X141, certificates)
    once.archive(long)
    report, reasons, facts = check(once.data)
    assert report["verdict"] == "valid" and not reasons
    assert kinds(facts) == [("signature", True), ("archive", True), ("archive", True)]


def test_validation_data_give_the_authority_of_a_timestamp(check, ca, once, tmp_path):
    """The authority's certificate was issued by one that only TimeStampValidationData carries."""
    middle = ca.issue_ca("Marche intermedie")
    tsa = ca.issue_tsa(issuer=middle)
    once.archive(tsa)
    assert kinds(check(once.data)[2])[-1] == ("archive", False)
    certificates, _none = once.values(certs=[middle.der])
    once.add("TimeStampValidationData", X141, certificates)
    report, _reasons, facts = check(once.data)
    assert report["verdict"] == "valid" and kinds(facts)[-1] == ("archive", True)


def _remove(name):
    def change(made):
        node = made.unsigned.find(f"{{{X}}}{name}")
        made.unsigned.remove(node)

    return change


def _reorder(made):
    made.unsigned.insert(0, made.unsigned[-1])


def _alter_property(made):
    node = made.unsigned.find(f"{{{X}}}CertificateValues")
    node.set("Id", "cambiato")


def _alter_token(made):
    node = made.unsigned[0].find(f"{{{X}}}EncapsulatedTimeStamp")
    node.text = node.text + "\n"


def _add_before(made):
    made.unsigned.insert(1, copy.deepcopy(made.unsigned.find(f"{{{X}}}CertificateValues")))


def _add_object(made):
    node = etree.SubElement(made.signature, f"{{{DS}}}Object")
    node.text = ""


@pytest.mark.parametrize("change", [_remove("SignatureTimeStamp"), _remove("CertificateValues"), _reorder, _alter_property, _alter_token, _add_before, _add_object])
def test_what_the_archive_timestamp_protects_was_changed(check, ca, once, long, change):
    once.add_values(certs=[ca.root.der])
    once.archive(long)
    assert check(once.data)[0]["verdict"] == "valid"
    change(once)
    report, reasons, facts = check(once.data)
    assert report["verdict"] == "undetermined" and "expired" in reasons
    assert all(not trusted for kind, trusted in kinds(facts) if kind == "archive")
    assert "timestamp" in {item["code"] for item in facts["warnings"]}


def test_what_comes_after_is_not_covered(check, ca, once, long):
    once.archive(long)
    once.add_values(certs=[ca.root.der])
    assert check(once.data)[0]["verdict"] == "valid"


def test_archive_of_another_signature(check, mario, once, short, long, tmp_path):
    (tmp_path / "x").mkdir()
    other = Extended(sign(INVOICE.replace(b"1</nota>", b"2</nota>"), mario), tmp_path / "x")
    other.sign_stamp(short)
    taken = other.archive(long)
    once.unsigned.append(taken)
    assert check(once.data)[0]["verdict"] == "undetermined"


def test_document_altered_under_an_archive(check, once, long):
    once.archive(long)
    report, reasons, _facts = check(once.data.replace(b"100,00", b"900,00"))
    assert report["verdict"] == "not_valid" and "altered" in reasons


def test_enveloping_with_more_objects(check, mario, short, long, tmp_path):
    """Objects that no reference covers are covered by the archive timestamp."""
    made = Extended(sign(INVOICE, mario), tmp_path)
    made.sign_stamp(short)
    etree.SubElement(made.signature, f"{{{DS}}}Object")
    made.archive(long)
    assert kinds(check(made.data)[2]) == [("signature", True), ("archive", True)]


# References ---------------------------------------------------------------------------------------------------------


def _with_refs(made, version=""):
    for name in REFS:
        made.add(name + (version if "Certificate" in name else ""), X141 if version and "Certificate" in name else X)


@pytest.mark.parametrize("version", ["", "V2"])
def test_signature_and_references(check, mario, short, long, tmp_path, version):
    """Proves the time of the signature, and of the timestamp that it covers."""
    made = Extended(sign(INVOICE, mario), tmp_path)
    made.sign_stamp(short)
    _with_refs(made, version)
    covered = made.part("SignatureValue") + b"".join(octets(node) for node in made.unsigned)
    made.add("CertificateValues")
    made.stamp("SigAndRefsTimeStamp" + version, long, covered, X141 if version else X)
    report, reasons, facts = check(made.data)
    assert report["verdict"] == "valid" and not reasons, report["reasons"]
    assert kinds(facts) == [("signature", True), ("signature_refs", True)] and facts["level"] == "B-T"
    made.unsigned.remove(made.unsigned[0])
    report, reasons, facts = check(made.data)
    assert report["verdict"] == "undetermined" and kinds(facts) == [("signature_refs", False)]


@pytest.mark.parametrize("version", ["", "V2"])
def test_references_alone_prove_nothing_of_the_signature(check, mario, long, tmp_path, version):
    made = Extended(sign(INVOICE, mario), tmp_path)
    _with_refs(made, version)
    covered = b"".join(octets(node) for node in made.unsigned)
    made.stamp("RefsOnlyTimeStamp" + version, long, covered, X141 if version else X)
    report, reasons, facts = check(made.data)
    assert report["verdict"] == "undetermined" and reasons == {"expired"}
    assert kinds(facts) == [("refs", True)] and (facts["timestamp"], facts["level"]) == (None, "B-B")


def test_references_inside_an_archive(check, ca, mario, short, long, tmp_path):
    made = Extended(sign(INVOICE, mario), tmp_path)
    made.sign_stamp(short)
    _with_refs(made)
    made.stamp("RefsOnlyTimeStamp", short, b"".join(octets(node) for node in made.unsigned if node.tag.endswith("Refs")))
    made.archive(long)
    report, _reasons, facts = check(made.data)
    assert report["verdict"] == "valid" and kinds(facts) == [("signature", True), ("refs", True), ("archive", True)]


# The distributed case: the timestamp names what it covers ----------------------------------------------------------------


def test_archive_that_names_what_it_covers(check, once, long):
    once.unsigned[0].set("Id", "T1")
    named = once.add("CertificateValues")
    named.set("Id", "V1")
    covered = once.archived([named, once.unsigned[0]])
    once.stamp("ArchiveTimeStamp", long, covered, X141, include=["V1", "T1"])
    report, _reasons, facts = check(once.data)
    assert report["verdict"] == "valid" and kinds(facts)[-1] == ("archive", True)


def test_archive_that_leaves_a_timestamp_out_does_not_prove_its_time(check, once, long):
    named = once.add("CertificateValues")
    named.set("Id", "V1")
    once.stamp("ArchiveTimeStamp", long, once.archived([named]), X141, include=["V1"])
    report, _reasons, facts = check(once.data)
    assert report["verdict"] == "undetermined" and kinds(facts)[-1] == ("archive", False)


def test_timestamp_that_names_something_of_another(check, once, long):
    once.root[0].set("Id", "fuori")
    covered = once.archived([once.root[0]])
    once.stamp("ArchiveTimeStamp", long, covered, X141, include=["fuori"])
    assert not check(once.data)[2]["timestamps"][-1]["trusted"]


# Signed data stamped before signing -----------------------------------------------------------------------------------


def _content_stamp(name, tsa, data, folder, named=()):
    token = base64.b64encode(timestamp(tsa, data, folder, token=True)).decode()
    included = "".join(f'<xades:Include URI="#{item}" referencedData="true"/>' for item in named)
    method = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
    return f"<xades:{name}>{included}{method}<xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp></xades:{name}>"


@pytest.mark.parametrize(("name", "named"), [("AllDataObjectsTimeStamp", ()), ("IndividualDataObjectsTimeStamp", ("R0",))])
def test_content_timestamps(check, mario, long, tmp_path, name, named):
    """They prove that the content was there, not that it was signed."""
    for stamped, good in ((b"dati", True), (b"altro", False)):
        text = _content_stamp(name, long, stamped, tmp_path, named)
        report, reasons, facts = check(detached(mario, {"f.txt": b"dati"}, stamps=text), original=b"dati")
        assert kinds(facts) == [("content", good)] and facts["level"] == "B-B"
        assert report["verdict"] == "undetermined" and "expired" in reasons
        assert check(detached(mario, {"f.txt": b"dati"}, stamps=text), at=NOW, original=b"dati")[0]["verdict"] == "valid"


def test_content_timestamp_of_what_is_not_signed(check, mario, long, tmp_path):
    text = _content_stamp("IndividualDataObjectsTimeStamp", long, b"dati", tmp_path, ("R7",))
    facts = check(detached(mario, {"f.txt": b"dati"}, stamps=text), original=b"dati")[2]
    assert kinds(facts) == [("content", False)]


# What cannot be read ------------------------------------------------------------------------------------------------


def test_timestamps_that_cannot_be_read(check, once):
    once.add("ArchiveTimeStamp", X141, "<x:EncapsulatedTimeStamp>cnViYmlzaA==</x:EncapsulatedTimeStamp>")
    once.add("ArchiveTimeStamp", X141, "<x:XMLTimeStamp/>")
    report, _reasons, facts = check(once.data, at=None)
    assert report["verdict"] == "valid" and kinds(facts) == [("signature", True), ("archive", False), ("archive", False)]
    assert facts["level"] == "B-T" and all(words.explain(item, "it") for item in facts["warnings"])


def test_too_many(check, once):
    for _number in range(101):
        once.add("ArchiveTimeStamp", X141)
    assert check(once.data)[0]["verdict"] != "valid"

