"""Signing in two phases: what must be signed is prepared here, the key signs it elsewhere, the file is finished here.

The private key never comes near: it may be in a card, in a token, at a remote service. Between the phases everything can
wait in a database. B-B and B-T come out; what outlives the certificates is added to the finished file.
"""

import asyncio
import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from asn1crypto import algos, cms, core, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import algorithms, pades
from .errors import FirmaError

_SALT = 32  # as long as the digest (RFC 8017, par. 9.1): what every service and card uses


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A document with the hole that one signature will fill, and the very bytes that the key must sign.

    :ivar tail: what the signature appends to `given`; only this is stored while waiting
    :ivar hole: first and last position of the hole in the whole file
    :ivar to_sign: DER of the signed attributes, the input of the signature (which hashes them with SHA-256)
    """

    given: bytes
    tail: bytes
    hole: tuple
    to_sign: bytes
    certificate: bytes
    chain: tuple = ()

    @cached_property
    def given_sha256(self):
        return hashlib.sha256(self.given).hexdigest()

    @property
    def digest(self):
        """SHA-256 of `to_sign`, for keys that sign a digest."""
        return hashlib.sha256(self.to_sign).digest()

    @property
    def content(self):
        """What the signature covers: the whole file without the hole. It begins with `given`."""
        return b"".join((self.given, *self._around()))

    def _around(self):
        """What is appended before the hole, and after it."""
        start, end = (position - len(self.given) for position in self.hole)
        return self.tail[:start], self.tail[end:]

    def check(self):
        """Refuse what does not sign exactly the document given with what is appended to it (it was prepared in another process)."""
        covered = hashlib.sha256(self.given)
        for part in self._around():
            covered.update(part)
        start, end = self.hole
        inside = len(self.given) < start < end < len(self.given) + len(self.tail)
        told = {item["type"].native: item["values"] for item in cms.CMSAttributes.load(self.to_sign)}
        if not inside or [value.native for value in told.get("message_digest", ())] != [covered.digest()]:
            raise FirmaError("prepared_other", "What was prepared is not of this document.")
        return self

    def dumps(self):
        """Everything but the document, as bytes."""
        binary = {name: b64encode(getattr(self, name)).decode() for name in ("tail", "to_sign", "certificate")}
        state = binary | {
            "chain": [b64encode(item).decode() for item in self.chain],
            "hole": self.hole,
            "given_sha256": self.given_sha256,
        }
        return json.dumps(state).encode()

    @staticmethod
    def to_sign_of(raw):
        """What the key must sign, without the document."""
        return b64decode(json.loads(raw)["to_sign"])

    @classmethod
    def loads(cls, raw, given, given_sha256=""):
        """The opposite of `dumps()`; FirmaError when `given` is another document.

        :param given_sha256: of `given`, where it was just computed
        """
        state = json.loads(raw)
        if state["given_sha256"] != (given_sha256 or hashlib.sha256(given).hexdigest()):
            raise FirmaError("prepared_other", "The document is not the one that was prepared.")
        return cls(
            given=given,
            hole=tuple(state["hole"]),
            chain=tuple(b64decode(item) for item in state["chain"]),
            **{name: b64decode(state[name]) for name in ("tail", "to_sign", "certificate")},
        )


def prepare_pdf(data, cert, chain=(), request=None):
    """First phase.

    :param cert: certificate of the key that will sign (asn1crypto)
    :raises FirmaError: the document may not be signed, the certificate cannot sign
    """
    request = request or pades.SignatureRequest()
    check_key_kind(cert)
    signer = _signer(cert, chain)
    pdf_signer, writer = pades.open_signing(data, signer, request)

    made = []  # not returned: when it ends, asyncio.run writes what it returns out as text, megabytes and all

    async def digest():
        prepared, document, output = await pdf_signer.async_digest_doc_for_signing(
            writer, bytes_reserved=pades.BYTES_RESERVED
        )
        attributes = await signer.signed_attrs(prepared.document_digest, "sha256", use_pades=True)
        document.cms_writer.close()
        made.extend((prepared, output.getvalue(), attributes.dump()))

    try:
        asyncio.run(digest())
    except FirmaError:
        raise
    except Exception as error:  # pyHanko and the parser have their own families
        raise pades.translated(error, request) from error
    prepared, whole, to_sign = made
    return Prepared(
        given=data,
        tail=whole[len(data) :],
        hole=(prepared.reserved_region_start, prepared.reserved_region_end),
        to_sign=to_sign,
        certificate=cert.dump(),
        chain=tuple(item.dump() for item in chain),
    )


def finish_pdf(prepared, signature, request=None):
    """Second phase: the signed file (timestamped when an authority is given).

    :param signature: raw signature of `prepared.to_sign`
    :raises FirmaError: the signature does not come from the certificate's key, or no timestamp
    """
    request = request or pades.SignatureRequest()
    cert = x509.Certificate.load(prepared.certificate)
    # pyHanko would embed whatever comes: a signature by another key must not get as far as the file
    value, mechanism = checked_signature(cert, prepared.to_sign, signature)
    chain = [x509.Certificate.load(item) for item in prepared.chain]
    signer = _signer(cert, chain, signature_value=value, signature_mechanism=mechanism)
    coroutine = signer.async_sign_prescribed_attributes(
        "sha256", cms.CMSAttributes.load(prepared.to_sign), timestamper=pades.timestamper(request)
    )
    output = BytesIO(prepared.given + prepared.tail)
    try:
        container = asyncio.run(coroutine)
        PreparedByteRangeDigest(b"", *prepared.hole).fill_with_cms(output, container)
    except Exception as error:  # pyHanko and the network have their own families
        raise pades.translated(error, request) from error
    return output.getvalue()


def checked_signature(cert, to_sign, signature):
    """(signature in its CMS form, its algorithm) when it is of `to_sign` by the certificate's key.

    RSA may be PKCS#1 v1.5 or PSS, which the signature itself tells; ECDSA may come in DER or as the two numbers side by side.

    :raises FirmaError: it is by another key, of other bytes, or no signature
    """
    key = algorithms.load_public_key(cert.public_key.dump())
    for value, scheme, mechanism in _candidates(key, signature):
        if _verifies(key, scheme, value, to_sign):
            return value, mechanism
    raise FirmaError("wrong_signature", "The signature does not come from the key of the certificate.")


def _verifies(key, scheme, value, data):
    try:
        return algorithms.check(key, scheme, hashes.SHA256(), value, data)
    except FirmaError:  # bytes that are not even the shape of a signature
        return False


def _candidates(key, signature):
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=_SALT)
        yield signature, padding.PKCS1v15(), algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
        yield signature, pss, pss_mechanism()
        return
    mechanism = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    yield signature, None, mechanism
    half = (key.curve.key_size + 7) // 8
    if len(signature) == 2 * half:
        numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        yield utils.encode_dss_signature(*numbers), None, mechanism


def pss_parameters():
    """RSASSA-PSS with SHA-256 throughout."""
    digest = algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest})
    return algos.RSASSAPSSParams({"hash_algorithm": digest, "mask_gen_algorithm": mask, "salt_length": _SALT})


def pss_mechanism():
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": pss_parameters()})


def check_key_kind(cert):
    """Refuse a certificate whose key is neither RSA nor of an elliptic curve."""
    key = algorithms.load_public_key(cert.public_key.dump())
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise FirmaError("key_kind", "The key's algorithm is not supported.")


def _signer(cert, chain, **options):
    store = SimpleCertificateStore()
    store.register_multiple([*chain, cert])
    return ExternalSigner(signing_cert=cert, cert_registry=store, embed_roots=False, **options)
