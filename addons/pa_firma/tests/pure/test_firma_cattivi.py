"""Bad input, one name each: a clear refusal, nothing hangs, nothing is fetched."""

import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asn1crypto import cms
from by_hand import cms as sign
from by_hand import pdf, signed_pdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID
from pa_firma_tools import document, sandbox, sandbox_pool

CONTENT = b"Determina n. 4\n"


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


def refused(data, *codes, **options):
    """In a process of its own: not valid or undetermined, with one of these codes."""
    report = sandbox.verify_document(data, **options)
    found = {item["code"] for item in report["reasons"]}
    assert report["verdict"] != "valid" and found and found <= set(codes), report["reasons"]
    return report


@pytest.mark.parametrize("data", [b"", b" ", b"\n\n"])
def test_empty(data):
    refused(data, "empty", "unknown_format")


def test_wrong_type_under_the_right_name():
    for data in (b"MZ\x90\x00" + bytes(500), b"\x89PNG\r\n\x1a\n" + bytes(500), b"solo testo", b"GIF89a%PDF-1.7\n%%EOF", b"\x7fELF" + bytes(99)):
        refused(data, "unknown_format", "unsupported")


def test_header_followed_by_zeros():
    refused(b"%PDF-1.7\n" + bytes(30 * 1024 * 1024), "truncated")


def test_looping_pdf():
    pages = [b"<< /Type /Catalog /Pages 2 0 R /AcroForm 3 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>"]
    refused(pdf([*pages, b"<< /Fields [4 0 R] >>", b"<< /FT /Sig /T (A) /Kids [4 0 R] /Parent 4 0 R >>"]), "malformed", "unsigned", "limits", "irregular")
    refused(pdf([b"1 0 R", b"<< >>"]), "malformed")
    chain = pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    place = chain.rindex(b"xref\n0")
    looped = chain.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % place)
    refused(looped, "malformed", "limits", "unsigned", "irregular")


def test_deeply_nested_pdf():
    refused(pdf([b"<< /Type /Catalog /Pages 2 0 R /A " + b"[" * 50_000 + b"]" * 50_000 + b" >>", b"<< >>"]), "malformed", "limits", "unsigned")


def test_flate_bomb(mario):
    """Four hundred megabytes behind half of one, as content of the page and as revocation data."""
    squeeze = zlib.compressobj(9)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _mega in range(400)) + squeeze.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(bomb), bomb)
    data = pdf([
        b"<< /Type /Catalog /Pages 2 0 R /DSS << /CRLs [3 0 R] >> /Metadata 3 0 R >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>", stream,
    ])  # fmt: skip
    refused(data, "unsigned", "limits", "malformed")
    refused(sign(data, mario), "limits", "malformed", "untrusted")


def test_nested_envelopes(mario):
    data = CONTENT
    for _level in range(12):
        data = sign(data, mario)
    refused(data, "nested", "untrusted")


def test_too_large(mario):
    report = document.verify_document(sign(bytes(70 * 1024 * 1024), mario))
    assert report["verdict"] == "undetermined" and report["reasons"][0]["code"] == "too_large"


def test_too_many_signers(mario):
    info = cms.ContentInfo.load(sign(CONTENT, mario))
    signer = info["content"]["signer_infos"][0]
    info["content"]["signer_infos"] = cms.SignerInfos([signer] * 101)
    refused(info.dump(), "too_large", "malformed")


def test_nested_asn1():
    """Lengths that never end and elements inside elements."""
    refused(b"\x30\x80" * 20_000, "malformed", "unknown_format")
    refused(b"\x30\x84\xff\xff\xff\xff" + bytes(100), "malformed")
    inner = b""
    for _level in range(3000):
        size = len(inner)
        inner = b"\x30\x83" + size.to_bytes(3, "big") + inner
    refused(inner, "malformed", "unknown_format", "limits")


def test_nested_xml():
    refused(b"<a>" * 100_000 + b"</a>" * 100_000, "malformed", "limits")
    refused(b"<a " + b" ".join(b'b%d="c"' % n for n in range(200_000)) + b"/>", "unsigned", "malformed", "limits")


class _Counter(BaseHTTPRequestHandler):
    seen = 0

    def do_GET(self):
        type(self).seen += 1
        self.send_error(404)

    do_POST = do_GET

    def log_message(self, *_args):
        """Silent."""


def test_addresses_in_a_certificate_are_not_visited(ca, tmp_path):
    """OCSP, CRL and issuer addresses that point inside the network; also an XML file that refers to one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}/x"
    try:
        signer = ca.issue()
        signer.cert = _with_addresses(signer, ca, here)
        signer.cert_file.write_bytes(signer.pem)
        report = document.verify_document(sign(CONTENT, signer), trust=[ca.root.pem])
        assert report["verdict"] == "valid" and report["signatures"][0]["revocation"] == "not_checked"
        assert document.verify_document(signed_pdf(signer), trust=[ca.root.pem])["verdict"] == "valid"
        from xml_by_hand import detached

        report = document.verify_document(detached(signer, {here: CONTENT}), trust=[ca.root.pem])
        assert report["verdict"] == "undetermined" and report["reasons"][0]["code"] == "detached"
    finally:
        server.shutdown()
        server.server_close()
    assert _Counter.seen == 0


def _with_addresses(signer, ca, here):
    """The same certificate, signed again with addresses inside."""
    place = [x509.UniformResourceIdentifier(here)]
    access = [
        x509.AccessDescription(oid, place[0])
        for oid in (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
    ]
    old = signer.cert
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(x509.AuthorityInformationAccess(access), False)
        .add_extension(x509.CRLDistributionPoints([x509.DistributionPoint(place, None, None, None)]), False)
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(ca.root.key, hashes.SHA256())


def test_a_crash_of_the_process_is_no_verdict(mario, monkeypatch):
    """A library that dies takes its process with it; the next file is verified all the same."""
    monkeypatch.setattr(sandbox_pool, "_HELPER", sandbox.__file__)  # ends at once
    sandbox_pool.close()
    report = sandbox.verify_document(sign(CONTENT, mario))
    assert report["verdict"] == "undetermined" and report["reasons"][0]["code"] == "isolation"
    monkeypatch.undo()
    refused(sign(CONTENT, mario), "untrusted")
