"""ASiC containers: signed files, manifests, and hostile archives."""

import base64
import io
import struct
import zipfile

import pytest
from by_hand import DAY, NOW, timestamp
from by_hand import cms as sign_cms
from xml_by_hand import INVOICE, detached


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")




def container(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", options.get("compression", zipfile.ZIP_STORED)) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


ASIC_S = ("mimetype", "application/vnd.etsi.asic-s+zip")
ASIC_E = ("mimetype", "application/vnd.etsi.asic-e+zip")


@pytest.fixture(scope="module")
def asic_s(mario):
    signature = sign_cms(INVOICE, mario, options=("-cades",))
    return [ASIC_S, ("determina.xml", INVOICE), ("META-INF/signature.p7s", signature)]


def test_asic_s_with_cades(check, asic_s):
    report, reasons = check(container(asic_s), original=INVOICE)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert report["signatures"][0]["format"] == "ASiC-CAdES"


def test_asic_s_altered_or_with_a_file_more(check, asic_s):
    altered = [(name, data.replace(b"100", b"900") if name.endswith(".xml") else data) for name, data in asic_s]
    assert check(container(altered))[1] == {"altered"}
    report, reasons = check(container([*asic_s, ("altro.xml", b"<a/>")]))
    assert report["verdict"] != "valid" and reasons == {"detached", "unsigned_file"}


def manifest(signature, files):
    import hashlib

    references = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{base64.b64encode(hashlib.sha256(data).digest()).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{signature}"/>{references}</asic:ASiCManifest>'
    ).encode()


def test_asic_e_with_cades_and_timestamp(check, ca, tmp_path):
    signer, files = ca.issue(end=NOW + 10 * DAY), [("uno.txt", b"uno"), ("due.txt", b"due")]
    listed = manifest("META-INF/signature001.p7s", files)
    parts = [
        ASIC_E, *files, ("META-INF/ASiCManifest001.xml", listed),
        ("META-INF/signature001.p7s", sign_cms(listed, signer, options=("-cades",))),
    ]  # fmt: skip
    assert check(container(parts))[0]["verdict"] == "valid"
    over = manifest("META-INF/timestamp001.tst", [*files, parts[4]])
    token = timestamp(ca.issue_tsa(), over, tmp_path, token=True)
    more = [*parts, ("META-INF/ASiCManifest002.xml", over), ("META-INF/timestamp001.tst", token)]
    report, reasons = check(container(more), at=NOW + 100 * DAY)
    assert report["verdict"] == "valid" and not reasons
    assert check(container(parts), at=NOW + 100 * DAY)[0]["verdict"] == "undetermined"
    changed = [(name, b"DUE" if name == "due.txt" else data) for name, data in parts]
    report, reasons = check(container(changed))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


def _commented(data, comment, size=None):
    """The same container with a comment at its end."""
    return data[:-2] + struct.pack("<H", len(comment) if size is None else size) + comment


def test_a_comment_that_says_the_type_of_the_container(check, asic_s):
    """As EN 319 162-1 allows and other programs write."""
    whole = container(asic_s)
    for comment in (b"mimetype=application/vnd.etsi.asic-s+zip", b"x" * 1000):
        report, reasons = check(_commented(whole, comment))
        assert report["verdict"] == "valid" and not reasons
    for comment in (b"x" * 1001, b"mimetype=a/b\0", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), container([("a", b"b")]), "à".encode()):
        report, reasons = check(_commented(whole, comment))
        assert report["verdict"] == "not_valid", comment
    for size in (0, 3, 5):
        assert check(_commented(whole, b"nota", size))[0]["verdict"] == "not_valid", size


@pytest.mark.parametrize("name", ["META-INF/README.txt", "META-INF/.DS_Store", "META-INF/determina.pdf"])
def test_an_unknown_file_beside_the_signature_is_named_and_hides_nothing(check, asic_s, name):
    report, reasons = check(container([*asic_s, (name, b"altro")]))
    assert report["verdict"] == "not_valid" and reasons == {"unsigned_file"} and name in report["reasons"][0]["detail"]
    assert report["signatures"][0]["verdict"] == "valid" and report["signatures"][0]["integrity"]


FILES = [("uno.txt", b"uno"), ("due.txt", b"due")]


def _listed(mario, listed, *more, name="signature001.p7s"):
    signature = sign_cms(listed, mario, options=("-cades",))
    return container([ASIC_E, *FILES, ("META-INF/ASiCManifest001.xml", listed), ("META-INF/" + name, signature), *more])


def test_a_manifest_of_the_first_edition(check, mario):
    """TS 102 918 v1.1.1: another namespace, and nothing says which signature it is for."""
    old = manifest("META-INF/signature001.p7s", FILES).replace(b"org/02918/v1.2.1#", b"org/2918/v1.1.1#")
    silent = old.replace(b'<asic:SigReference URI="META-INF/signature001.p7s"/>', b"")
    for listed in (old, silent):
        report, reasons = check(_listed(mario, listed))
        assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["covers_whole_file"]
    other = ("META-INF/signature002.p7s", sign_cms(silent, mario, options=("-cades",)))
    report, reasons = check(_listed(mario, silent, other))
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}


def test_names_written_in_other_ways_in_a_manifest(check, mario):
    short = manifest("signature001.p7s", [("./" + name, data) for name, data in FILES])
    assert check(_listed(mario, short))[0]["verdict"] == "valid"
    twice = manifest("./META-INF/signature001.p7s", [*FILES, ("./uno.txt", b"altro")])
    assert check(_listed(mario, twice))[1] == {"altered"}, "each of the two digests counts"
    outside = manifest("signature001.p7s", [*FILES[1:], ("../uno.txt", b"uno")])
    report, reasons = check(_listed(mario, outside))
    assert report["verdict"] == "not_valid" and reasons == {"altered", "unsigned_file"}


def test_names_written_in_other_ways_in_a_xades(check, ca):
    root = detached(ca.issue(), {"./" + name: data for name, data in FILES})
    report, reasons = check(container([ASIC_E, *FILES, ("META-INF/signatures001.xml", root)]))
    assert report["verdict"] == "valid" and not reasons


def test_a_mark_of_the_order_of_bytes_before_the_type(check, asic_s):
    report, reasons = check(container([("mimetype", b"\xef\xbb\xbf" + ASIC_S[1].encode()), *asic_s[1:]]))
    assert report["verdict"] == "valid" and not reasons


def test_asic_e_with_xades(check, ca):
    signer = ca.issue()
    files = {"uno.txt": b"uno", "due.txt": b"due"}
    root = detached(signer, files)
    parts = [ASIC_E, *files.items(), ("META-INF/signatures001.xml", root)]
    report, reasons = check(container(parts))
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["format"] == "ASiC-XAdES"
    changed = [(name, b"DUE" if name == "due.txt" else data) for name, data in parts]
    assert check(container(changed))[1] == {"altered"}
    assert check(container([*parts, ("tre.txt", b"tre")]))[1] == {"unsigned_file"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "META-INF//x"])
def test_path_traversal(check, asic_s, name):
    report, reasons = check(container([*asic_s, (name, b"x")]))
    assert report["verdict"] == "not_valid" and reasons == {"unsafe_archive"}


def test_zip_bomb(check, asic_s):
    bomb = container([*asic_s, ("bomba", bytes(300 * 1024 * 1024))], compression=zipfile.ZIP_DEFLATED)
    report, reasons = check(bomb)
    assert report["verdict"] != "valid" and reasons == {"too_large"}


def test_two_files_with_one_name(check, asic_s):
    with pytest.warns(UserWarning):
        data = container([*asic_s, ("determina.xml", b"<altro/>")])
    assert check(data)[1] == {"unsafe_archive"}


def test_bytes_around_the_container(check, asic_s):
    data = container(asic_s)
    assert check(data + b"x")[0]["verdict"] == "not_valid"
    assert check(data[:-10])[0]["verdict"] == "not_valid"


@pytest.mark.parametrize("name", ["_xmlsignatures/sig1.xml", "META-INF/MARIO.RSA"])
def test_office_documents_and_java_archives_are_not_called_unsigned(check, name):
    report, reasons = check(container([("word/document.xml", b"<w/>"), (name, b"<Signature/>")]))
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}
