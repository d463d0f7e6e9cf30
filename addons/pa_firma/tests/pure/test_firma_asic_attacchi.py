"""Attacks on containers: what is beside the signed files, between them, or proves a time of something else."""

import io
import struct
import zipfile
import zlib

import pytest
from by_hand import DAY, NOW, timestamp
from by_hand import cms as sign_cms
from test_firma_asic import ASIC_E, container, manifest

DOCUMENT = ("determina.txt", b"Si impegna la somma di 100 euro")
OLD = ("vecchio.txt", b"Un documento di anni prima")


@pytest.fixture(scope="module")
def listed():
    return ("META-INF/ASiCManifest001.xml", manifest("META-INF/signature001.p7s", [DOCUMENT]))


@pytest.fixture(scope="module")
def parts(ca, listed):
    signature = sign_cms(listed[1], ca.issue(), options=("-cades",))
    return [ASIC_E, DOCUMENT, listed, ("META-INF/signature001.p7s", signature)]


def test_a_timestamp_of_another_file_proves_nothing_of_the_signature(check, ca, listed, tmp_path):
    """Signed after the certificate expired, with an old stamped document thrown in to make it look signed in time."""
    expired = ca.issue(end=NOW + 10 * DAY)
    signature = ("META-INF/signature001.p7s", sign_cms(listed[1], expired, options=("-cades",)))
    over = manifest("META-INF/timestamp001.tst", [OLD, DOCUMENT])
    stamp = ("META-INF/timestamp001.tst", timestamp(ca.issue_tsa(), over, tmp_path, token=True))
    forged = [ASIC_E, DOCUMENT, OLD, listed, signature, ("META-INF/ASiCManifest002.xml", over), stamp]
    report, reasons = check(container(forged), at=NOW + 100 * DAY)
    assert report["verdict"] == "undetermined" and "expired" in reasons
    assert report["signatures"][-1]["proved_time"] is None


def test_a_file_hidden_among_those_of_the_container(check, parts):
    report, reasons = check(container([*parts, ("META-INF/determina.pdf", b"altro")]))
    assert report["verdict"] == "not_valid" and reasons == {"unsigned_file"}
    report, reasons = check(container([("mimetype", b"Si paghi 1.000.000 a Tizio"), *parts[1:]]))
    assert report["verdict"] == "not_valid" and reasons == {"unsafe_archive"}


def test_nothing_is_signed_but_the_parts_of_the_container(check, ca):
    over = manifest("META-INF/signature001.p7s", [("mimetype", ASIC_E[1].encode())])
    signature = sign_cms(over, ca.issue(), options=("-cades",))
    report, reasons = check(container([ASIC_E, ("META-INF/ASiCManifest.xml", over), ("META-INF/signature001.p7s", signature)]))
    assert report["verdict"] == "not_valid" and reasons == {"empty"}


def _with_gap(data, gap):
    """The same container with bytes before its directory."""
    place, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    tail = bytearray(data[end:])
    struct.pack_into("<I", tail, 16, place + len(gap))
    return data[:place] + gap + data[place:end] + bytes(tail)


def test_a_file_that_only_programs_reading_in_order_find(check, parts):
    whole = container(parts)
    hidden = container([(DOCUMENT[0], b"altro")])
    report, reasons = check(_with_gap(whole, hidden[: hidden.index(b"PK\x01\x02")]))
    assert report["verdict"] == "not_valid" and reasons == {"unsafe_archive"}
    assert check(_with_gap(whole, b""))[0]["verdict"] == "valid"


def _entries(parts, **changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts:
            item = zipfile.ZipInfo(name)
            for key, value in changes.items() if name == DOCUMENT[0] else ():
                setattr(item, key, value)
            archive.writestr(item, data)
    return out.getvalue()


def test_a_file_with_two_names_or_that_is_a_link(check, parts):
    def unicode_path(name):
        return struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(DOCUMENT[0].encode())) + name

    assert check(_entries(parts, extra=unicode_path(b"altro.txt")))[1] == {"unsafe_archive"}
    assert check(_entries(parts, external_attr=0o120777 << 16))[1] == {"unsafe_archive"}
    assert check(_entries(parts, extra=unicode_path(b"determina.txt"), external_attr=0o100644 << 16))[0]["verdict"] == "valid"


def test_written_as_it_comes(check, parts):
    """Programs that do not know sizes beforehand write them after each file: the container is as good as another."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_place):
            raise io.UnsupportedOperation

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    report, reasons = check(out.getvalue())
    assert report["verdict"] == "valid" and not reasons


def test_signatures_by_other_names_are_not_called_none(check, parts):
    """Never "not signed" for what is signed in an odd way."""
    odd = [(name.replace("signature001", "firma"), data) for name, data in parts if "Manifest" not in name]
    signed = check(container(odd))[0]
    assert signed["signatures"] and signed["verdict"] == "not_valid"  # it is seen; it signed a manifest that is not there
    report, reasons = check(container([("determina.p7m", parts[3][1]), ("nota.txt", b"nota")]))
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"} and "determina.p7m" in str(report["reasons"])
    assert check(container([("nota.txt", b"nota")]))[1] == {"unsigned"}
