"""A PKCS#11 token: SoftHSM2, with keys made on it."""

import os
import subprocess
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pa_firma_tools import hardware, pades, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale

MODULE = next(
    (
        str(path)
        for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"))
        if path.exists()
    ),
    "",
)
PIN = "246810"


def _write(session, number, key, cert, kind):
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if kind == "rsa":
        from pkcs11.util.rsa import decode_rsa_private_key as decode

        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    else:
        from pkcs11.util.ec import decode_ec_private_key as decode

        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    attributes = decode(der)
    attributes.update({pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.ID: number, pkcs11.Attribute.SIGN: True})
    session.create_object(attributes)
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: number,
            pkcs11.Attribute.SUBJECT: cert.subject.public_bytes(),
            pkcs11.Attribute.VALUE: cert.public_bytes(serialization.Encoding.DER),
        }
    )


@pytest.fixture(scope="module")
def tokens(tmp_path_factory, pki):
    """Labels of three tokens: an RSA key, a P-256 key, and one whose certificate is not for signing."""
    assert MODULE, "SoftHSM2 is missing: install Debian's softhsm2"
    folder = tmp_path_factory.mktemp("hsm")
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    from cryptography.hazmat.primitives.serialization import pkcs12

    cases = {"rsa": ("rsa", True), "ec": ("ec", True), "encryption": ("ec", False)}
    for label, (kind, non_repudiation) in cases.items():
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678"]
        subprocess.run(command, check=True, capture_output=True)
        blob = pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x", kind=kind, non_repudiation=non_repudiation)
        key, cert, _others = pkcs12.load_key_and_certificates(blob, b"x")
        assert isinstance(cert, x509.Certificate)
        library = pkcs11.lib(MODULE)
        library.reinitialize()
        with library.get_token(token_label=label).open(rw=True, user_pin=PIN) as session:
            _write(session, b"\x01", key, cert, kind)
    return sorted(cases)


@pytest.mark.parametrize("label", ["rsa", "ec"])
def test_signature_made_by_the_token(tokens, label, pdf, pki, tsa):
    signer = hardware.open_token(MODULE, label, PIN)
    try:
        data = pades.sign_pdf(pdf, signer, pades.SignatureRequest(tsa_url=tsa.url))
        again = pades.sign_pdf(pdf, signer)  # the session stays open for a batch
    finally:
        signer.close()
    report = verify.verify_pdf(data, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert report["signatures"][0]["codice_fiscale"] == demo_codice_fiscale("Neri", "Ada")
    assert verify.verify_pdf(again, original=pdf, trust=[pki.root_pem])["verdict"] == "valid"


@pytest.mark.parametrize(
    ("module", "label", "pin", "code"),
    [
        (MODULE, "rsa", "000000", "pin"),
        (MODULE, "rsa", "", "pin"),
        (MODULE, "missing", PIN, "token"),
        ("/nowhere/library.so", "rsa", PIN, "token"),
        (MODULE, "encryption", PIN, "token_certificate"),
    ],
)
def test_refusals(tokens, module, label, pin, code):
    with pytest.raises(FirmaError) as refusal:
        hardware.open_token(module, label, pin)
    assert refusal.value.code == code and "000000" not in str(refusal.value)


def test_certificate_that_is_not_there(tokens):
    with pytest.raises(FirmaError) as refusal:
        hardware.open_token(MODULE, "rsa", PIN, certificate_sha256="0" * 64)
    assert refusal.value.code == "token_certificate"


@pytest.mark.parametrize("pin", ["000000", "", None])
def test_somebody_elses_login_is_of_no_use(tokens, pin, pdf):
    """A token is logged in for the whole process: while one person signs, nobody signs with it without the PIN; he goes on."""
    signer = hardware.open_token(MODULE, "ec", PIN)
    try:
        with pytest.raises(FirmaError) as refusal:
            hardware.open_token(MODULE, "ec", pin)
        assert refusal.value.code == "token_busy"
        assert pades.sign_pdf(pdf, signer)
    finally:
        signer.close()
    with pytest.raises(FirmaError) as refusal:
        hardware.open_token(MODULE, "ec", pin)
    assert refusal.value.code == "pin"
