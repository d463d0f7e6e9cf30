"""A paired page, and the person before the screen, as the tests play them."""

import base64
import hashlib
import http.client
import json

import softhsm
from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

ORIGIN = "https://atti.comune.example"


class Person:
    """Answers instead of a person; remembers what was shown."""

    def __init__(self):
        self.says = True
        self.pins = [softhsm.PIN]
        self.shown = []
        self.during = lambda: None

    def pair(self, origin, code):
        self.shown.append(("pair", origin, code))
        self.during()
        return self.says

    def certificates(self, origin):
        self.shown.append(("certificates", origin))
        self.during()
        return self.says

    def sign(self, request):
        self.shown.append(("sign", request))
        self.during()
        return self.says, self.pins.pop(0) if len(self.pins) > 1 else self.pins[0]


class Site:
    """What a page of `origin` can send."""

    def __init__(self, port, origin=ORIGIN):
        self.port = port
        self.origin = origin

    def raw(self, method, path, body=None, **headers):
        """(status, headers, bytes)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {
            "Origin": self.origin,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        try:
            connection.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, _headers, body = self.raw("GET", path)
        return status, json.loads(body)

    def post(self, path, body, **headers):
        """(status, JSON); a str or bytes body goes as it is."""
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        status, _headers, data = self.raw(
            "POST", path, body, Content_Type="application/json", **headers
        )
        return status, json.loads(data)

    def nonce(self):
        return self.get("/v1/status")[1]["nonce"]

    def sign(self, cert, documents, **more):
        request = {
            "nonce": self.nonce(),
            "certificate_sha256": sha256_of(cert),
            "documents": documents,
            **more,
        }
        return self.post("/v1/sign", request)


def der_of(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def sha256_of(cert):
    return hashlib.sha256(der_of(cert)).hexdigest()


def attribute(name, *values):
    return cms.CMSAttribute({"type": name, "values": list(values)})


def signed_attributes(cert, digest, *more, content_type="data"):
    """DER signed attributes of a PAdES signature."""
    named = tsp.ESSCertIDv2(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "cert_hash": hashlib.sha256(der_of(cert)).digest(),
        }
    )
    attributes = [
        attribute("content_type", content_type),
        attribute("message_digest", digest),
        attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [named]})),
        *more,
    ]
    return core.SetOf(contents=b"".join(sorted(item.dump() for item in attributes))).dump()


def document(
    cert, number=1, *, original=b"%PDF-1.7 determina", added=b" firma", with_content=False
):
    """What the server prepares of one document."""
    original = original + str(number).encode()
    digest = hashlib.sha256(original + added).digest()
    more = (
        {"content": b64(original + added), "document_size": len(original)} if with_content else {}
    )
    return {
        "id": str(number),
        "name": f"Determina {number}.pdf",
        "document_sha256": hashlib.sha256(original).hexdigest(),
        "to_sign": b64(signed_attributes(cert, digest)),
        **more,
    }


def b64(data):
    return base64.b64encode(data).decode()


def check(cert, item, signature):
    """Raise unless the signature of these attributes comes from the certificate's key."""
    key, data = cert.public_key(), base64.b64decode(item["to_sign"])
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(base64.b64decode(signature), data, padding.PKCS1v15(), hashes.SHA256())
    else:
        key.verify(base64.b64decode(signature), data, ec.ECDSA(hashes.SHA256()))


__all__ = [
    "ORIGIN",
    "Person",
    "Site",
    "attribute",
    "b64",
    "check",
    "cms",
    "document",
    "sha256_of",
    "signed_attributes",
    "x509",
]
