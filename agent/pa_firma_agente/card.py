"""The card, over PKCS#11, in a process of its own: a library that crashes or hangs takes down neither the agent nor its PIN.

Reads one JSON request from its input, writes JSON lines. Nothing else is printed, whatever the card's library prints.
"""

import base64
import hashlib
import json
import os
import sys

import pkcs11
from asn1crypto import algos, core, x509
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.types import PROTECTED_AUTH
from pkcs11.util.ec import encode_ecdsa_signature

from .problems import Problem

_HASHING = {
    "sha256": Mechanism.SHA256_RSA_PKCS,
    "sha384": Mechanism.SHA384_RSA_PKCS,
    "sha512": Mechanism.SHA512_RSA_PKCS,
}


def tokens(modules):
    """(module, token) of each token present.

    :raises Problem: no library, or no token
    """
    found, loaded = [], 0
    for module in modules:
        try:
            library = pkcs11.lib(module)
            loaded += 1
            found += [(module, token) for token in library.get_tokens() if _ready(token)]
        except (pkcs11.PKCS11Error, RuntimeError, OSError):
            continue
    if not found:
        raise Problem("no_token" if loaded else "no_module")
    return found


def _ready(token):
    return bool(token.flags & TokenFlag.TOKEN_INITIALIZED)


def tries(token):
    """How many PIN attempts are left, as far as PKCS#11 tells: many, few, last, none."""
    flags = token.flags
    for flag, word in (
        (TokenFlag.USER_PIN_LOCKED, "none"),
        (TokenFlag.USER_PIN_FINAL_TRY, "last"),
        (TokenFlag.USER_PIN_COUNT_LOW, "few"),
    ):
        if flags & flag:
            return word
    return "many"


def certificates(modules):
    """What can sign on the tokens present: public facts only, no PIN is asked."""
    found = []
    for module, token in tokens(modules):
        with token.open() as session:
            ders = [der for _key_id, der in _certificates(session)]
        chain = [base64.b64encode(der).decode() for der in ders if _is_authority(der)]
        for cert in filter(None, map(_signing_certificate, ders)):
            found.append({**_facts(module, token, cert), "chain": chain})
    return list({item["sha256"]: item for item in found}.values())


def _certificates(session):
    for item in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            yield bytes(item[Attribute.ID]), bytes(item[Attribute.VALUE])
        except (pkcs11.PKCS11Error, KeyError):
            continue


def _signing_certificate(der):
    """The certificate when it is meant for signing documents (non-repudiation), else None."""
    try:
        cert = x509.Certificate.load(der, strict=True)
        usage = cert.key_usage_value
        return cert if usage is not None and "non_repudiation" in usage.native else None
    except (ValueError, TypeError, KeyError):
        return None


def _is_authority(der):
    try:
        return x509.Certificate.load(der, strict=True).ca
    except (ValueError, TypeError, KeyError):
        return False


def _facts(module, token, cert):
    subject = cert.subject.native
    validity = cert["tbs_certificate"]["validity"]
    return {
        "certificate": base64.b64encode(cert.dump()).decode(),
        "sha256": cert.sha256.hex(),
        "holder": _text(subject.get("common_name") or cert.subject.human_friendly),
        "serial_number": _text(subject.get("serial_number") or ""),
        "issuer": _text(cert.issuer.native.get("common_name") or cert.issuer.human_friendly),
        "not_before": validity["not_before"].native.isoformat(),
        "not_after": validity["not_after"].native.isoformat(),
        "token": token.label,
        "module": module,
        "tries": tries(token),
        "pinpad": bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
    }


def _text(value):
    return str(value[0] if isinstance(value, list) else value)


def sign(modules, sha256, pin, jobs):
    """Yield one signature after the other, with one login.

    :param jobs: list of (algorithm, bytes to sign)
    :raises Problem: wrong or blocked PIN, certificate gone, card removed
    """
    for _module, token in tokens(modules):
        with token.open() as session:
            key_id = next(
                (key_id for key_id, der in _certificates(session) if _is(der, sha256)), None
            )
        if key_id is not None:
            yield from _sign(token, key_id, pin, jobs)
            return
    raise Problem("certificate_absent")


def _is(der, sha256):
    return hashlib.sha256(der).hexdigest() == sha256


def _sign(token, key_id, pin, jobs):
    session = _login(token, pin)
    try:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key_id)
        mechanisms = token.slot.get_mechanisms()
        # some cards want the PIN again before each use of the key for legal signatures
        again = pin if _asks_each_time(key) and pin is not None else None
        for algorithm, data in jobs:
            yield raw_signature(key, mechanisms, algorithm, data, again)
    except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned) as error:
        raise Problem("certificate_absent") from error
    finally:
        session.close()


def _login(token, pin):
    try:
        return token.open(user_pin=PROTECTED_AUTH if pin is None else pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.ArgumentsBad):
        left = tries(token.slot.get_token())
        raise Problem("pin_locked" if left == "none" else "pin_wrong", tries=left) from None
    except pkcs11.PinLocked:
        raise Problem("pin_locked", tries="none") from None


def _asks_each_time(key):
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except (pkcs11.PKCS11Error, KeyError):
        return False


def raw_signature(key, mechanisms, algorithm, data, pin=None):
    """PKCS#1 v1.5 for RSA, DER encoded (r, s) for elliptic curves."""
    more = {"pin": pin} if pin is not None else {}
    if key.key_type == KeyType.RSA and _HASHING[algorithm] in mechanisms:
        return bytes(key.sign(data, mechanism=_HASHING[algorithm], **more))
    digest = hashlib.new(algorithm, data).digest()
    if key.key_type == KeyType.RSA:
        info = algos.DigestInfo(
            {
                "digest_algorithm": {"algorithm": algorithm, "parameters": core.Null()},
                "digest": digest,
            }
        )
        return bytes(key.sign(info.dump(), mechanism=Mechanism.RSA_PKCS, **more))
    return encode_ecdsa_signature(bytes(key.sign(digest, mechanism=Mechanism.ECDSA, **more)))


def answers(request):
    """The lines of answer to a request."""
    modules = request["modules"]
    if request["do"] == "certificates":
        yield {"certificates": certificates(modules)}
        return
    jobs = [(job["algorithm"], base64.b64decode(job["data"])) for job in request["jobs"]]
    for signature in sign(modules, request["sha256"], request["pin"], jobs):
        yield {"signature": base64.b64encode(signature).decode()}


def main():
    """Serve one request, then end."""
    # the card's library may print what it likes: not on the channel of the answers
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        for line in answers(json.loads(sys.stdin.buffer.read())):
            print(json.dumps(line), file=channel, flush=True)
    except Problem as problem:
        print(json.dumps({"error": problem.code, **problem.facts}), file=channel, flush=True)
    except Exception:  # libraries have their own ideas; what they say may hold the PIN
        print(json.dumps({"error": "token"}), file=channel, flush=True)


if __name__ == "__main__":
    main()
