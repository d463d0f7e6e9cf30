"""Archive timestamps of CAdES from before version 3, put together by hand (ETSI TS 101 733, 6.4.1)."""

import pytest
from asn1crypto import cms
from by_hand import DAY, NOW, timestamp
from by_hand import cms as sign
from cms_by_hand import CONTENT, add_unsigned, stamped, tlv
from pa_firma_tools import document

V2, V1 = "1.2.840.113549.1.9.16.2.48", "1.2.840.113549.1.9.16.2.27"
LATER = NOW + 100 * DAY


@pytest.fixture
def check(ca, codes):
    def run(data, **options):
        report = document.verify_document(data, trust=[ca.root.pem], at=LATER, **options)
        return report, codes(report)

    return run


def _children(der):
    """Encodings of what is directly inside one element, byte by byte."""

    def size(position):
        first = der[position + 1]
        if first < 128:
            return 2, first
        length = first & 127
        return 2 + length, int.from_bytes(der[position + 2 : position + 2 + length], "big")

    header, whole = size(0)
    position, found = header, []
    while position < header + whole:
        head, length = size(position)
        found.append(der[position : position + head + length])
        position += head + length
    return found


def covered(data, external=b""):
    """What version 2 covers, read from the bytes: everything of the SignedData but its version, digests and SignerInfos' header."""
    parts = _children(_children(_children(data)[1])[0])
    infos = parts[-1]
    assert len(_children(infos)) == 1 and parts[2][:1] == b"\x30" and parts[3][:1] == b"\xa0"
    return parts[2] + external + b"".join(parts[3:-1]) + b"".join(_children(_children(infos)[0]))


def archived(data, tsa, folder, oid=V2, external=b""):
    token = timestamp(tsa, covered(data, external), folder, token=True)
    return add_unsigned(data, (oid, [cms.ContentInfo.load(token)]))


@pytest.fixture(scope="module")
def once(ca, tmp_path_factory):
    """Signer and first timestamp authority will have expired at the time of judgement."""
    return stamped(sign(CONTENT, ca.issue(end=NOW + 10 * DAY)), ca.issue_tsa(end=NOW + 20 * DAY), tmp_path_factory.mktemp("t"))


def test_version_2(check, ca, once, tmp_path):
    assert check(once)[0]["verdict"] == "undetermined"
    report, reasons = check(archived(once, ca.issue_tsa(), tmp_path))
    assert report["verdict"] == "valid" and not reasons, report["reasons"]
    assert {item["kind"]: item["trusted"] for item in report["signatures"][0]["timestamps"]} == {"archive": True, "signature": True}


def test_version_2_twice(check, ca, once, tmp_path):
    """The first archive timestamp dies too; the second, of a second later, covers it."""
    import time

    first = archived(once, ca.issue_tsa(end=NOW + 30 * DAY), tmp_path)
    time.sleep(1.1)
    assert check(first)[0]["verdict"] == "undetermined"
    report, _reasons = check(archived(first, ca.issue_tsa(), tmp_path))
    assert report["verdict"] == "valid", report["reasons"]
    assert [item["trusted"] for item in report["signatures"][0]["timestamps"]] == [True, True, True]


def _streamed(data):
    """The same SignedData with its content as programs that write in a stream do: in pieces, lengths not said."""
    oid, explicit = _children(data)
    parts = _children(_children(explicit)[0])
    pieces = b"".join(tlv(4, CONTENT[at : at + 100]) for at in range(0, len(CONTENT), 100))
    parts[2] = b"\x30\x80" + _children(parts[2])[0] + b"\xa0\x80\x24\x80" + pieces + bytes(6)
    return tlv(0x30, oid + tlv(0xA0, tlv(0x30, b"".join(parts)))), parts[2]


def test_version_2_over_a_content_written_in_pieces(check, ca, once, tmp_path):
    """Over the bytes as written, or over the content in one piece; not over other pieces."""
    whole, written = _streamed(once)
    plain = covered(once)
    assert plain.startswith(_children(_children(_children(once)[1])[0])[2])
    rest = plain[len(_children(_children(_children(once)[1])[0])[2]) :]
    assert check(whole)[0]["verdict"] == "undetermined"
    for imprint, verdict in ((written + rest, "valid"), (plain, "valid"), (written[:-1] + b"x" + rest, "undetermined")):
        token = timestamp(ca.issue_tsa(), imprint, tmp_path, token=True)
        data, _written = _streamed(add_unsigned(once, (V2, [cms.ContentInfo.load(token)])))
        report, _reasons = check(data)
        assert report["verdict"] == verdict, report["reasons"]
        assert report["signatures"][0]["timestamps"][0]["trusted"] == (verdict == "valid")


def test_version_2_detached(check, ca, tmp_path):
    bare = stamped(sign(CONTENT, ca.issue(end=NOW + 10 * DAY), options=("-cades",)), ca.issue_tsa(end=NOW + 20 * DAY), tmp_path)
    data = archived(bare, ca.issue_tsa(), tmp_path, external=CONTENT)
    assert check(data, original=CONTENT)[0]["verdict"] == "valid"
    assert check(data, original=CONTENT + b"x")[0]["verdict"] == "not_valid"


def test_what_version_2_protects_was_taken_away(check, ca, once, tmp_path):
    data = cms.ContentInfo.load(archived(once, ca.issue_tsa(), tmp_path))
    signer = data["content"]["signer_infos"][0]
    kept = [attr for attr in signer["unsigned_attrs"] if attr["type"].native != "signature_time_stamp_token"]
    signer["unsigned_attrs"] = cms.CMSAttributes(kept)
    report, _reasons = check(data.dump())
    assert report["verdict"] == "undetermined" and not report["signatures"][0]["timestamps"][0]["trusted"]


def test_version_2_of_something_else(check, ca, once, tmp_path):
    token = timestamp(ca.issue_tsa(), b"altro", tmp_path, token=True)
    report, _reasons = check(add_unsigned(once, (V2, [cms.ContentInfo.load(token)])))
    facts = report["signatures"][0]
    assert report["verdict"] == "undetermined" and "timestamp" in {item["code"] for item in facts["warnings"]}


def test_version_1_is_said_and_proves_nothing(check, ca, once, tmp_path):
    report, _reasons = check(archived(once, ca.issue_tsa(), tmp_path, oid=V1))
    facts = report["signatures"][0]
    assert report["verdict"] == "undetermined"
    assert any("older than version 2" in item["detail"] for item in facts["warnings"])


def test_by_hand_lengths():
    assert _children(tlv(0x30, tlv(0x04, b"x" * 200) + b"\x02\x01\x01")) == [tlv(0x04, b"x" * 200), b"\x02\x01\x01"]
