"""Whose certificate it is, and what it is good for, in CMS and CAdES files made with openssl."""


import pytest
from asn1crypto import cms
from by_hand import CF, DAY, NOW
from by_hand import cms as sign
from cms_by_hand import CONTENT


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


@pytest.fixture(scope="module")
def ada(ca):
    return ca.issue("Ada Neri", serial="IT:NREDAA70A41H501X", kind="ec")


def test_another_certificate_with_the_same_key(check, ca, mario):
    """Same name, number and key, issued anew: signing-certificate-v2 tells them apart."""
    twin = ca.issue("Mario Rossi", key=mario.key, number=mario.cert.serial_number, serial="TINIT-" + CF, end=NOW + 900 * DAY)
    data = sign(CONTENT, mario)
    info = cms.ContentInfo.load(data)
    info["content"]["certificates"] = [cms.CertificateChoices.load(twin.der)]
    report, reasons = check(info.dump(force=True))
    assert report["verdict"] == "not_valid" and reasons == {"certificate_mismatch"}


def test_missing_certificate(check, mario):
    report, reasons = check(sign(CONTENT, mario, options=("-nodetach", "-cades", "-nocerts")))
    assert report["verdict"] == "undetermined" and reasons == {"no_certificate"}


def test_wrong_key_usage(check, ca):
    for usages in (("key_encipherment",), ("digital_signature",), ()):
        report, reasons = check(sign(CONTENT, ca.issue(usages=usages)))
        assert report["verdict"] == "not_valid" and reasons == {"key_usage"}
        assert report["signatures"][0]["key_usage_ok"] is False


def test_intermediate_authority(check, ca):
    middle = ca.issue_ca()
    signer = ca.issue(issuer=middle)
    assert check(sign(CONTENT, signer, certs=[middle]))[0]["verdict"] == "valid"
    report, reasons = check(sign(CONTENT, signer))
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}
    assert check(sign(CONTENT, signer), trust=[middle.pem])[0]["verdict"] == "valid"


def test_person_who_issues_certificates(check, ca, mario):
    """A signer's certificate is no authority, whatever it signs."""
    fake = ca.issue("Falso Sindaco", issuer=mario)
    report, reasons = check(sign(CONTENT, fake, certs=[mario]))
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


def test_nobody_trusted(check, mario):
    report, reasons = check(sign(CONTENT, mario), trust=[])
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_weak_digests_are_judged_at_a_date(check, ca, digest):
    signer = ca.issue(start=NOW - 7000 * DAY, kind="rsa")
    data = sign(CONTENT, signer, digest=digest, options=("-nodetach",))
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"weak_algorithm"}
    old = check(data, at=NOW.replace(year=2010, month=5, day=1))[0]
    assert old["verdict"] == ("valid" if digest == "sha1" else "undetermined")
    said = {item["code"] for item in old["signatures"][0]["warnings"]} | {item["code"] for item in old["reasons"]}
    assert "weak_algorithm" in said


def test_small_key(check, ca):
    report, reasons = check(sign(CONTENT, ca.issue(kind="rsa1024")))
    assert report["verdict"] == "undetermined" and reasons == {"weak_algorithm"}


def test_pss_and_sha512(check, mario):
    data = sign(CONTENT, mario, after=("-keyopt", "rsa_padding_mode:pss"), digest="sha512")
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    assert report["signatures"][0]["signature_algorithm"] == "rsassa_pss"


def test_expired_certificate(check, ca):
    gone = ca.issue(start=NOW - 30 * DAY, end=NOW - 10 * DAY)
    data = sign(CONTENT, gone)  # openssl declares today as signing time
    report, reasons = check(data)
    assert report["verdict"] == "not_valid" and reasons == {"expired"}
    still = ca.issue(start=NOW - 30 * DAY, end=NOW + 10 * DAY)
    data = sign(CONTENT, still)
    report, reasons = check(data, at=NOW + 20 * DAY)
    assert report["verdict"] == "undetermined" and reasons == {"expired"}
    assert check(data, at=NOW + 5 * DAY)[0]["verdict"] == "valid"


def test_codice_fiscale_of_older_certificates(check, ca):
    forms = (
        {"serial": f"IT:{CF}"}, {"serial": f"CF:IT-{CF}"}, {"serial": "", "dn_qualifier": CF},
        {"serial": "", "common_name": f"ROSSI/MARIO/{CF}/123456"}, {"serial": "", "common_name": f"{CF}/7420.x"},
    )  # fmt: skip
    for form in forms:
        form = dict(form)
        signer = ca.issue(form.pop("common_name", "Mario Rossi"), **form)
        assert check(sign(CONTENT, signer))[0]["signatures"][0]["codice_fiscale"] == CF
    foreign = ca.issue("Ente", serial="VATIT-01234567890")
    assert check(sign(CONTENT, foreign))[0]["signatures"][0]["codice_fiscale"] == ""
