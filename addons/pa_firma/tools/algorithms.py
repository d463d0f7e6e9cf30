"""Digests and raw signatures, and until when each was good enough."""

import datetime as dt
import hashlib

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from .errors import FirmaError

# SHA-256 and 2048 bits are compulsory in Italy since 30 June 2011 (Deliberazione CNIPA 45/2009,
# art. 4 and 29, as amended); MD5 has never been admitted (DPCM 8 February 1999, art. 3).
SUNSET = dt.datetime(2011, 6, 30, 22, tzinfo=dt.timezone.utc)
_BROKEN = {"md2", "md4", "md5"}
_OLD = {"sha1", "ripemd160"}
_HASHES = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}


def name(algorithm):
    """Plain name of a digest algorithm: `sha256`, `sha3_256`…"""
    text = str(algorithm).lower().replace("-", "_")
    return text.replace("sha_", "sha") if not text.startswith("sha3") else text


def digest(algorithm, data):
    """Digest of bytes; FirmaError for an algorithm that is not known."""
    return hasher(algorithm, data).digest()


def hasher(algorithm, data=b""):
    """A hashlib object; FirmaError for an algorithm that is not known."""
    if name(algorithm) not in _HASHES:
        raise FirmaError("unsupported", f"The digest algorithm {algorithm} is not known.")
    return hashlib.new(name(algorithm), data, usedforsecurity=False)


def hash_object(algorithm):
    """Digest of `cryptography`; FirmaError for one that is not known."""
    if name(algorithm) not in _HASHES:
        raise FirmaError("unsupported", f"The digest algorithm {algorithm} is not known.")
    return _HASHES[name(algorithm)]()


def _pss(params):
    """Padding and hash of RSASSA-PSS from its ASN.1 parameters (RFC 4055)."""
    salt = params["salt_length"].native
    mask = params["mask_gen_algorithm"]["parameters"]["algorithm"].native
    used = hash_object(params["hash_algorithm"]["algorithm"].native)
    return padding.PSS(mgf=padding.MGF1(hash_object(mask)), salt_length=salt), used


def load_public_key(spki):
    """Key object from a DER SubjectPublicKeyInfo; FirmaError when it cannot be used."""
    try:
        return serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        raise FirmaError("unsupported", "The certificate's public key cannot be used.") from error


def verify(spki, algorithm, signature, data, digest_algorithm=None):
    """Is `signature` over `data` made by the key of this SubjectPublicKeyInfo?

    :param algorithm: asn1crypto SignedDigestAlgorithm
    :param digest_algorithm: digest used when the signature algorithm names none
    """
    key = load_public_key(spki)
    kind = algorithm["algorithm"].native
    if kind == "rsassa_pss":
        scheme, used = _pss(algorithm["parameters"])
    else:
        scheme, used = padding.PKCS1v15(), _named_hash(algorithm, digest_algorithm)
    return check(key, scheme, used, signature, data)


def _named_hash(algorithm, digest_algorithm):
    if algorithm["algorithm"].native in ("ed25519", "ed448"):
        return None
    try:
        return hash_object(algorithm.hash_algo)
    except ValueError:  # plain rsaEncryption, or an elliptic curve key's own identifier
        if digest_algorithm is None:
            raise FirmaError("unsupported", "The signature algorithm is not known.") from None
        return hash_object(digest_algorithm)


def check(key, scheme, used, signature, data):
    """Verify with a loaded key; True or False."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, scheme, used)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(used))
        elif isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, data, used)
        elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            key.verify(signature, data)
        else:
            raise FirmaError("unsupported", "The kind of key is not known.")
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise FirmaError("unsupported", "The signature algorithm cannot be used.") from error
    return True


def signed_by(cert, issuer):
    """Does the issuer's key verify this certificate's signature? False also when it cannot be tried."""
    try:
        return verify(
            issuer.public_key.dump(),
            cert["signature_algorithm"],
            cert["signature_value"].native,
            cert["tbs_certificate"].dump(),
        )
    except (FirmaError, ValueError, KeyError, TypeError):
        return False


def digest_name(algorithm, fallback=""):
    """Digest inside a signature algorithm identifier, or the fallback."""
    try:
        return algorithm.hash_algo
    except ValueError:
        return fallback


def digest_of_signature(identifier):
    """Name of a digest algorithm, also where a program wrote the whole signature's (sha256WithRSAEncryption) in its place."""
    used = identifier.native
    if name(used) in _HASHES:
        return used
    try:
        return algos.SignedDigestAlgorithm({"algorithm": identifier.dotted}).hash_algo
    except ValueError:
        return used


def weakness(digest_algorithm, spki=None):
    """Why a digest or a key is weak, and whether it was still admitted before the sunset.

    :return: (words, admitted before the sunset) or None
    """
    used = name(digest_algorithm) if digest_algorithm else ""
    if used in _BROKEN:
        return f"digest algorithm {used} is broken", False
    if used in _OLD:
        return f"weak digest algorithm ({used})", True
    if spki is not None and spki.algorithm in ("rsa", "dsa", "rsassa_pss"):
        size = spki.bit_size
        if size < 2048:
            return f"{spki.algorithm.upper()} key of {size} bits", size >= 1000
    if spki is not None and spki.algorithm == "ec" and spki.bit_size < 224:
        return f"elliptic curve key of {spki.bit_size} bits", False
    return None
