"""Timestamps inside CAdES files, archive timestamps among them."""


import pytest
from asn1crypto import cms
from by_hand import DAY, NOW, Authority
from by_hand import cms as sign
from cms_by_hand import CONTENT, archived, stamped


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


@pytest.fixture(scope="module")
def ada(ca):
    return ca.issue("Ada Neri", serial="IT:NREDAA70A41H501X", kind="ec")


def test_signature_timestamp_proves_the_time(check, ca, tmp_path):
    signer = ca.issue(end=NOW + 10 * DAY)
    data = stamped(sign(CONTENT, signer), ca.issue_tsa(), tmp_path)
    report, reasons = check(data, at=NOW + 100 * DAY)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons
    assert facts["level"] == "B-T" and facts["timestamp"]["trusted"] and facts["proved_time"]


def test_timestamp_of_another_signature(check, ca, tmp_path, mario):
    data = stamped(sign(CONTENT, mario), ca.issue_tsa(), tmp_path, over=b"altro")
    report, reasons = check(data)
    assert report["verdict"] == "not_valid" and reasons == {"timestamp"}
    assert not report["signatures"][0]["timestamp"]["trusted"]


def test_timestamp_by_whoever(check, ca, tmp_path, mario):
    """Not meant for timestamps, or of an unknown authority: it proves nothing."""
    (tmp_path / "o").mkdir()
    stranger = Authority(tmp_path / "o", "Radice estranea").issue_tsa()
    expired = ca.issue_tsa(start=NOW - 50 * DAY, end=NOW - 10 * DAY)
    for tsa in (stranger, expired):
        report, _reasons = check(stamped(sign(CONTENT, mario), tsa, tmp_path))
        facts = report["signatures"][0]
        assert report["verdict"] == "valid" and not facts["timestamp"]["trusted"] and facts["proved_time"] is None
        assert "timestamp" in {item["code"] for item in facts["warnings"]}


def test_archive_timestamp(check, ca, tmp_path):
    """The first timestamp's authority has expired: the archive timestamp says that it was good in time."""
    signer = ca.issue(end=NOW + 10 * DAY)
    once = stamped(sign(CONTENT, signer), ca.issue_tsa(end=NOW + 20 * DAY), tmp_path)
    later = NOW + 100 * DAY
    assert check(once, at=later)[0]["verdict"] == "undetermined"
    data = archived(once, ca.issue_tsa(), tmp_path)
    report, reasons = check(data, at=later)
    assert report["verdict"] == "valid" and not reasons
    stamps = {item["kind"]: item["trusted"] for item in report["signatures"][0]["timestamps"]}
    assert stamps == {"archive": True, "signature": True}
    info = cms.ContentInfo.load(data)
    attrs = info["content"]["signer_infos"][0]["unsigned_attrs"]
    info["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes(
        [attr for attr in attrs if attr["type"].native != "signature_time_stamp_token"]
    )
    report, _reasons = check(info.dump(), at=later)  # what the archive timestamp protects was taken away
    assert report["verdict"] == "undetermined" and not report["signatures"][0]["timestamps"][0]["trusted"]
