"""Signing with a PKCS#11 token (a card, a USB key, an HSM) attached to the machine where this runs."""

import asyncio
import hashlib

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import identity
from .errors import FirmaError

_RSA = {"sha256": Mechanism.SHA256_RSA_PKCS, "sha384": Mechanism.SHA384_RSA_PKCS, "sha512": Mechanism.SHA512_RSA_PKCS}


class TokenSigner(Signer):
    """Asks the token for each raw signature: the key never leaves it. `close()` ends the session."""

    kind = "token"
    at_once = 0
    shared = False  # a session with a token is one thread's

    def __init__(self, *, session, key, cert, chain=()):
        store = SimpleCertificateStore()
        store.register_multiple([*chain, cert])
        super().__init__(signing_cert=cert, cert_registry=store, embed_roots=False)
        self.chain = list(chain)
        self._session = session
        self._key = key

    async def async_sign_raw(self, data, digest_algorithm, dry_run=False):
        if dry_run:
            return bytes(512)
        try:
            if self._key.key_type == KeyType.RSA:
                return bytes(self._key.sign(data, mechanism=_RSA[digest_algorithm]))
            digest = hashlib.new(digest_algorithm, data).digest()
            return encode_ecdsa_signature(bytes(self._key.sign(digest, mechanism=Mechanism.ECDSA)))
        except pkcs11.PKCS11Error as error:
            raise FirmaError("token", f"The token refused to sign: {type(error).__name__}.") from error

    def sign_each(self, items):
        """Raw signatures (SHA-256) of these bytes, one after the other."""
        for item in items:
            yield asyncio.run(self.async_sign_raw(item, "sha256"))

    def close(self):
        """Log out of the token."""
        self._session.close()


def open_token(module, label, pin, certificate_sha256=""):
    """Log in to the token and choose the signing certificate.

    :param module: path of the PKCS#11 library, from the configuration of the machine, never from a user
    :param certificate_sha256: the certificate wanted; the only one with non-repudiation when empty
    :raises FirmaError: no library or token, wrong or blocked PIN, no signing certificate
    """
    try:
        library = pkcs11.lib(module)
        session = library.get_token(token_label=label).open(user_pin=pin or "")
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.ArgumentsBad) as error:
        raise FirmaError("pin", "Wrong PIN.") from error.with_traceback(None)
    except pkcs11.PinLocked as error:
        raise FirmaError("pin_locked", "The PIN is blocked.") from error.with_traceback(None)
    except pkcs11.UserAlreadyLoggedIn as error:  # a login is of the whole process: whose it is, is not told
        raise FirmaError("token_busy", "Somebody is signing with the token.") from error.with_traceback(None)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise FirmaError("token", f"The token does not answer: {type(error).__name__}.") from error.with_traceback(None)
    try:
        return _signer(session, certificate_sha256)
    except BaseException:
        session.close()
        raise


def _signer(session, wanted):
    certificates = {}
    for item in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        certificates[bytes(item[Attribute.ID])] = x509.Certificate.load(bytes(item[Attribute.VALUE]))
    keys = {bytes(key[Attribute.ID]): key for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})}
    usable = [
        (number, cert)
        for number, cert in certificates.items()
        if number in keys and identity.key_usage_ok(cert) and wanted in ("", cert.sha256.hex())
    ]
    if len(usable) != 1:
        raise FirmaError("token_certificate", f"{len(usable)} signing certificates on the token.")
    number, cert = usable[0]
    chain = [other for key_id, other in certificates.items() if key_id != number]
    return TokenSigner(session=session, key=keys[number], cert=cert, chain=chain)
