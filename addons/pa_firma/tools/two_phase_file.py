"""Signing any file in two phases: as `two_phase` for PDF, and the same for CMS and XML.

What is prepared is kept as JSON bytes, whose `to_sign` is what the key must sign and `form` how the file is signed.
"""

import asyncio
import hashlib
import json
from base64 import b64decode, b64encode
from datetime import datetime, timezone

from asn1crypto import cms, x509
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import pades, sign_cms, sign_file, sign_xades, sniff, two_phase
from .errors import FirmaError


def prepare_file(data, cert, chain=(), request=None, form=None, content=None, prepare_pdf=two_phase.prepare_pdf):
    """First phase: a `PreparedFile`.

    :param form: one of `sign_file.possible_forms`; the natural one when missing
    :param content: what a detached signature signed, when `data` is one
    :param prepare_pdf: how a PDF is prepared, where it is not to be read in this process
    :raises FirmaError: the file may not be signed so, the certificate cannot sign
    """
    request = request or pades.SignatureRequest()
    form = sign_file.checked_form(data, form)
    if form == sign_file.PADES:
        return PreparedFile(form, json.loads(prepare_pdf(data, cert, chain, request).dumps()))
    pades.check_certificate(cert)
    two_phase.check_key_kind(cert)
    moment = datetime.now(timezone.utc).replace(microsecond=0)
    if form == sign_file.XADES:
        to_sign = sign_xades.Draft(data, cert, chain, request, moment).to_sign
    else:
        to_sign = _attributes(sign_cms.covered(_envelope(data), data, cert, request, content), _signer(cert, chain))
    state = {"to_sign": to_sign, "certificate": cert.dump()}
    return PreparedFile(form, {
        **{name: b64encode(raw).decode() for name, raw in state.items()},
        "chain": [b64encode(item.dump()).decode() for item in chain],
        "moment": moment.isoformat(),
        "given_sha256": hashlib.sha256(data).hexdigest(),
    })  # fmt: skip


class PreparedFile:
    """What waits for the key's answer."""

    def __init__(self, form, state):
        self.form, self._state = form, state

    @property
    def to_sign(self):
        return b64decode(self._state["to_sign"])

    def dumps(self):
        return json.dumps({**self._state, "form": self.form}).encode()


def form_of(raw):
    """The form in which a prepared file will be signed."""
    return json.loads(raw).get("form")


def finish_file(raw, data, signature, request=None, content=None):
    """Second phase: the signed file (timestamped when an authority is given).

    :param raw: what `prepare_file` made, as bytes
    :param signature: raw signature of `to_sign`
    :raises FirmaError: another file, a signature by another key, no timestamp
    """
    request = request or pades.SignatureRequest()
    state = json.loads(raw)
    if state["form"] == sign_file.PADES:
        return two_phase.finish_pdf(two_phase.Prepared.loads(raw, data), signature, request)
    if state["given_sha256"] != hashlib.sha256(data).hexdigest():
        raise FirmaError("prepared_other", "The document is not the one that was prepared.")
    cert = x509.Certificate.load(b64decode(state["certificate"]))
    chain = [x509.Certificate.load(b64decode(item)) for item in state["chain"]]
    to_sign = b64decode(state["to_sign"])
    value, mechanism = two_phase.checked_signature(cert, to_sign, signature)
    try:
        if state["form"] == sign_file.XADES:
            return _finish_xml(data, cert, chain, request, state, value, mechanism)
        signer = _signer(cert, chain, signature_value=value, signature_mechanism=mechanism)
        return _finish_cms(data, signer, request, to_sign, content, detached=state["form"] == sign_file.CADES_DETACHED)
    except FirmaError:
        raise
    except Exception as error:  # pyHanko and the network have their own families
        raise pades.translated(error, request) from error


def _finish_xml(data, cert, chain, request, state, value, mechanism):
    if mechanism["algorithm"].native == "rsassa_pss":  # the document already says PKCS#1 v1.5, and is signed with that
        raise FirmaError("wrong_signature", "The signature does not come from the key of the certificate.")
    draft = sign_xades.Draft(data, cert, chain, request, datetime.fromisoformat(state["moment"]))
    return draft.complete(value)


def _finish_cms(data, signer, request, to_sign, content, *, detached):
    envelope = _envelope(data)
    covered = sign_cms.covered(envelope, data, signer.signing_cert, request, content)
    encapsulated = {"content_type": "data"} | ({} if detached else {"content": covered})
    coroutine = signer.async_sign_prescribed_attributes(
        "sha256",
        cms.CMSAttributes.load(to_sign),
        timestamper=pades.timestamper(request),
        encap_content_info=cms.ContentInfo(encapsulated),
    )
    new = asyncio.run(coroutine)
    return sign_cms.joined(envelope, new.dump()) if envelope else new.dump()


def _attributes(covered, signer):
    coroutine = signer.signed_attrs(hashlib.sha256(covered).digest(), "sha256", use_pades=True, is_pdf_sig=False)
    return asyncio.run(coroutine).dump()


def _envelope(data):
    """The CMS that these bytes are, or None."""
    return sniff.kind(data)[1] if sign_file.kind(data) == "cms" else None


def _signer(cert, chain, **options):
    store = SimpleCertificateStore()
    store.register_multiple([*chain, cert])
    return ExternalSigner(signing_cert=cert, cert_registry=store, embed_roots=False, **options)
