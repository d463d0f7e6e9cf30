"""Tokens of SoftHSM2 with keys and certificates made here."""

import datetime as dt
import os
import subprocess
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

MODULE = next(
    (
        str(path)
        for path in map(
            Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
        )
        if path.exists()
    ),
    "",
)
PIN = "246813579"


def _certificate(name, key, *, days, non_repudiation, authority=False):
    now = dt.datetime.now(dt.timezone.utc)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "TINIT-RSSMRA80A01H501U"),
        ]
    )
    usage = dict.fromkeys(
        (
            "digital_signature",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage |= {"content_commitment": non_repudiation, "digital_signature": not non_repudiation}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, hashes.SHA256())
    )


def initialize(folder, label):
    """Point SoftHSM2 at `folder` (for this process and its children) and make a token in it."""
    assert MODULE, "SoftHSM2 is missing: install Debian's softhsm2"
    conf = Path(folder) / "softhsm2.conf"
    conf.write_text(
        f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(conf)
    command = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--pin",
        PIN,
        "--so-pin",
        "12345678",
    ]
    subprocess.run(command, check=True, capture_output=True)
    library = pkcs11.lib(MODULE)
    library.reinitialize()
    return library.get_token(token_label=label)


def store(session, number, key, cert_der, subject_der):
    """Put a key and its certificate on the token, as a card issuer would: the certificate is public."""
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    decode = decode_rsa_private_key if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key
    session.create_object(
        {
            **decode(der),
            Attribute.TOKEN: True,
            Attribute.ID: number,
            Attribute.SIGN: True,
            Attribute.PRIVATE: True,
        }
    )
    store_certificate(session, number, cert_der, subject_der)


def store_certificate(session, number, cert_der, subject_der):
    """Put a certificate on the token."""
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.ID: number,
            Attribute.SUBJECT: subject_der,
            Attribute.VALUE: cert_der,
        }
    )


def prepare(folder):
    """Certificates by name; they are on one token."""
    token = initialize(folder, "tessera")
    keys = {
        "rsa": (rsa.generate_private_key(public_exponent=65537, key_size=2048), 300, True),
        "ec": (ec.generate_private_key(ec.SECP256R1()), 300, True),
        "expired": (ec.generate_private_key(ec.SECP256R1()), -1, True),
        "login": (ec.generate_private_key(ec.SECP256R1()), 300, False),
    }
    found = {}
    with token.open(rw=True, user_pin=PIN) as session:
        for number, (name, (key, days, signs)) in enumerate(keys.items(), 1):
            cert = _certificate(f"Ada Neri ({name})", key, days=days, non_repudiation=signs)
            found[name] = cert
            der = cert.public_bytes(serialization.Encoding.DER)
            store(session, bytes([number]), key, der, cert.subject.public_bytes())
        authority = _certificate(
            "CA", keys["ec"][0], days=300, non_repudiation=False, authority=True
        )
        der = authority.public_bytes(serialization.Encoding.DER)
        store_certificate(session, b"\x77", der, authority.subject.public_bytes())
    return found | {"authority": authority}
