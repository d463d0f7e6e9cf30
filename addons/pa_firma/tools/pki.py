"""A public key infrastructure for training and tests: CA, one signing certificate per person, a loopback TSA.

Never for production: whoever has the folder can sign in anyone's name. Verification trusts it only where its root
has been added as an anchor.
"""

import datetime as dt
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

_QC_STATEMENTS = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"),
    # SEQUENCE { SEQUENCE { 0.4.0.1862.1.1 } SEQUENCE { 0.4.0.1862.1.4 } }
    bytes.fromhex("30143008060604008e4601013008060604008e460104"),
)
_QC_SEAL = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"),
    # the same, and SEQUENCE { 0.4.0.1862.1.6, SEQUENCE { 0.4.0.1862.1.6.2 (eseal) } }
    bytes.fromhex("30293008060604008e4601013008060604008e4601043013060604008e4601063009060704008e46010602"),
)


def _name(common_name, codice_fiscale="", organization="Comune di Prova"):
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    if codice_fiscale:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, "TINIT-" + codice_fiscale))
    return x509.Name(parts)


def _key(kind):
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


class DemoPki:
    """`folder` receives root.pem, tsa.pem and the state needed to issue again (kept readable by its owner only)."""

    def __init__(self, folder, now=None):
        self.folder = Path(folder)
        self.authority_url = ""  # where the revocation services are (pki_authority), written in what is issued
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._now = now or dt.datetime.now(dt.timezone.utc)
        state = self.folder / "pki.p12"
        if state.exists():
            self.root_key, self.root, others = pkcs12.load_key_and_certificates(state.read_bytes(), b"demo")
            self.tsa_key, self.tsa, _none = pkcs12.load_key_and_certificates(
                (self.folder / "tsa.p12").read_bytes(), b"demo"
            )
        else:
            self._create(state)

    def _create(self, state):
        self.root_key = _key("rsa")
        name = _name("Demo CA - no legal value", organization="Demo PKI")
        self.root = self._build(name, self.root_key.public_key(), name, days=3650, ca=True)
        self.tsa_key = _key("rsa")
        self.tsa = self._build(_name("Demo TSA", organization="Demo PKI"), self.tsa_key.public_key(), days=3650, tsa=True)
        _write_secret(state, _p12("root", self.root_key, self.root, (), "demo"))
        _write_secret(self.folder / "tsa.p12", _p12("tsa", self.tsa_key, self.tsa, (self.root,), "demo"))
        (self.folder / "root.pem").write_bytes(self.root_pem)

    @property
    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)

    def _build(self, subject, public_key, issuer=None, *, days=730, start=None, ca=False, tsa=False, non_repudiation=True, qc=_QC_STATEMENTS):
        start = start or self._now - dt.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.root.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            )
        )
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=tsa,
                content_commitment=non_repudiation and not ca,
                key_encipherment=not non_repudiation,
                key_cert_sign=ca,
                crl_sign=ca,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        if tsa:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        elif not ca:
            builder = builder.add_extension(qc, critical=False)
        if self.authority_url and not ca:
            builder = self._with_addresses(builder)
        return builder.sign(self.root_key, hashes.SHA256())

    def _with_addresses(self, builder):
        methods = ((AuthorityInformationAccessOID.OCSP, "ocsp"), (AuthorityInformationAccessOID.CA_ISSUERS, "issuer"))
        places = [
            x509.AccessDescription(oid, x509.UniformResourceIdentifier(f"{self.authority_url}/{path}")) for oid, path in methods
        ]
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.authority_url}/crl")], None, None, None)
        builder = builder.add_extension(x509.AuthorityInformationAccess(places), critical=False)
        return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)

    def crl(self, revoked=()):
        """The authority's revocation list, in DER; `revoked` are serial numbers."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(self._now - dt.timedelta(hours=1))
            .next_update(self._now + dt.timedelta(days=30))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            )
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for serial in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                entry.revocation_date(self._now - dt.timedelta(hours=2)).build()
            )
        return builder.sign(self.root_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def issue(self, name, codice_fiscale, password, *, kind="rsa", start=None, days=730, non_repudiation=True, subject=None):
        """Bytes of a PKCS#12 key file for a person (`subject` when the name is to be written in another way)."""
        key = _key(kind)
        cert = self._build(
            subject or _name(name, codice_fiscale), key.public_key(), start=start, days=days, non_repudiation=non_repudiation
        )
        return _p12(name, key, cert, (self.root,), password)

    def issue_seal(self, organization, identifier, password, *, kind="rsa"):
        """Bytes of a PKCS#12 key file for a legal person's electronic seal; `identifier` as EN 319 412-1 writes it (VATIT-…)."""
        key = _key(kind)
        identity = x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, identifier)
        subject = x509.Name([*_name(organization, organization=organization), identity])
        cert = self._build(subject, key.public_key(), qc=_QC_SEAL)
        return _p12(organization, key, cert, (self.root,), password)

    def issue_people(self, people, password):
        """Write a key file for each (login, name, codice fiscale) that has none yet; return the paths by login."""
        paths = {}
        for login, name, codice_fiscale in people:
            path = self.folder / f"{Path(login).name}-{codice_fiscale}.p12"
            if not path.exists():
                _write_secret(path, self.issue(name, codice_fiscale, password))
            paths[login] = path
        return paths

    def start_tsa(self, port=0):
        """An RFC 3161 authority on loopback; `.url`, `.requests` (how many it served) and `.close()`."""
        return LoopbackTsa(self, port)


class LoopbackServer:
    """A small HTTP server on loopback, in a thread of its own, until `close()`."""

    def _start(self, handler, port=0):
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


class LoopbackTsa(LoopbackServer):
    def __init__(self, pki, port=0):
        from asn1crypto import keys
        from asn1crypto import x509 as asn1_x509
        from certomancer.services import TimeStamper

        stamper = TimeStamper(
            asn1_x509.Certificate.load(pki.tsa.public_bytes(serialization.Encoding.DER)),
            keys.PrivateKeyInfo.load(
                pki.tsa_key.private_bytes(
                    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            ),
        )
        self.requests = 0
        self._start(self._handler(stamper), port)
        self.url = f"http://127.0.0.1:{self.port}/tsa"

    def _handler(self, stamper):
        from asn1crypto import tsp

        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers.get("Content-Length") or 0)
                if not 0 < size <= 65536:
                    self.send_error(400)
                    return
                owner.requests += 1
                answer = stamper.request_tsa_response(tsp.TimeStampReq.load(self.rfile.read(size))).dump()
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args):
                """Silent: the launcher prints what matters."""

        return Handler


def demo_codice_fiscale(surname, name, seed=0):
    """A well-formed codice fiscale for an invented person (right control character, place H501)."""
    letters = (_letters(surname, 3) + _letters(name, 3)).upper()
    digest = hashlib.sha256(f"{surname}{name}{seed}".encode()).digest()
    body = f"{letters}{60 + digest[0] % 39:02d}{'ABCDEHLMPRST'[digest[1] % 12]}{1 + digest[2] % 28:02d}H501"
    return body + control_character(body)


def _letters(text, size):
    letters = [c for c in text.upper() if c.isalpha() and c.isascii()]
    consonants = [c for c in letters if c not in "AEIOU"]
    return ("".join(consonants + [c for c in letters if c in "AEIOU"]) + "XXX")[:size]


def control_character(body):
    """Control character of the first 15 characters of a codice fiscale (DM 23/12/1976)."""
    odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    total = 0
    for index, char in enumerate(body):
        value = int(char) if char.isdigit() else ord(char) - ord("A")
        total += odd[value] if index % 2 == 0 else value
    return chr(ord("A") + total % 26)


def _p12(name, key, cert, chain, password):
    encryption = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, cert, list(chain) or None, encryption)


def _write_secret(path, data):
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(data)


def start_tsa(folder, port=0):
    """Shorthand for launchers: the PKI of `folder` (made if missing) and its running authority."""
    pki = DemoPki(folder)
    return pki, pki.start_tsa(port)


def main(argv=None):
    """`python -m …pki FOLDER PORT`: run the authority in the foreground, printing its address as JSON."""
    import argparse

    parser = argparse.ArgumentParser(description="Demo timestamp authority on loopback")
    parser.add_argument("folder")
    parser.add_argument("port", type=int, nargs="?", default=0)
    options = parser.parse_args(argv)
    _pki, tsa = start_tsa(options.folder, options.port)
    print(json.dumps({"url": tsa.url}), flush=True)  # pylint: disable=print-used
    threading.Event().wait()


if __name__ == "__main__":
    main()
