"""The revocation services of the training PKI on loopback, by certomancer: OCSP, CRL, the issuer's certificate.

It can misbehave on purpose: tests say how.
"""

import datetime as dt
import time
from http.server import BaseHTTPRequestHandler

from asn1crypto import algos, keys, ocsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import CRLBuilder, RevocationInfoInterface, SimpleOCSPResponder
from cryptography.hazmat.primitives import serialization

from .pki import LoopbackServer

_ALGORITHM = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
_TYPES = {"ocsp": "application/ocsp-response", "crl": "application/pkix-crl", "issuer": "application/pkix-cert"}


class _State(RevocationInfoInterface):
    def __init__(self, authority):
        self._authority = authority

    def get_issuer_cert(self):
        return self._authority.cert

    def check_revocation_status(self, cid, at_time):
        moment = self._authority.revoked.get(cid["serial_number"].native)
        if moment:
            info = ocsp.RevokedInfo({"revocation_time": moment, "revocation_reason": "key_compromise"})
            return ocsp.CertStatus("revoked", info), []
        return ocsp.CertStatus("unknown" if self._authority.behaviour == "unknown" else "good"), []


class LoopbackAuthority(LoopbackServer):
    """`.url`, `.revoked` (serial number: moment), `.behaviour` ("", unknown, old, future, garbage, error, refuse, silent),
    `.without` (paths that answer 404), `.requests` (paths served) and `.close()`.

    From its start on the PKI writes its addresses in the certificates that it issues.
    """

    def __init__(self, pki, port=0):
        self.cert = asn1_x509.Certificate.load(pki.root.public_bytes(serialization.Encoding.DER))
        self._key = keys.PrivateKeyInfo.load(
            pki.root_key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.revoked, self.behaviour, self.without, self.requests = {}, "", set(), []
        self._start(self._handler(), port)
        self.host = f"127.0.0.1:{self.port}"
        self.url = pki.authority_url = f"http://{self.host}"

    def ocsp(self, request):
        """Bytes of the answer to these bytes."""
        now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        moment = now + {"old": dt.timedelta(days=-9), "future": dt.timedelta(days=9)}.get(self.behaviour, dt.timedelta())
        if self.behaviour == "refuse":
            return SimpleOCSPResponder.build_error_response("unauthorized").dump()
        responder = SimpleOCSPResponder(self.cert, self._key, _ALGORITHM, moment, _State(self), dt.timedelta(hours=8))
        return responder.build_ocsp_response(ocsp.OCSPRequest.load(request)).dump()

    def crl(self):
        """The revocation list of this moment."""
        now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        builder = CRLBuilder(self.cert.subject, self._key, _ALGORITHM, self.cert.key_identifier_value)
        revoked = [builder.format_revoked_cert(serial, None, moment.replace(microsecond=0)) for serial, moment in self.revoked.items()]
        return builder.build_crl(1, now - dt.timedelta(minutes=1), now + dt.timedelta(days=1), revoked).dump()

    def answer(self, path, body):
        """(status, bytes) for a request."""
        self.requests.append(path)
        if self.behaviour == "silent":
            time.sleep(3)
        if self.behaviour == "error" or path in self.without or path not in _TYPES:
            return 404, b""
        if self.behaviour == "garbage":
            return 200, b"\x30\x82 rubbish" * 100
        return 200, {"ocsp": lambda: self.ocsp(body), "crl": self.crl, "issuer": self.cert.dump}[path]()

    def _handler(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._serve(b"")

            def do_POST(self):
                self._serve(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65536)))

            def _serve(self, body):
                path = self.path.strip("/")
                status, data = owner.answer(path, body)
                self.send_response(status)
                self.send_header("Content-Type", _TYPES.get(path, "text/plain"))
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args):
                """Silent: the launcher prints what matters."""

        return Handler
