"""Signing of any file, in the form that suits it: PDF as PAdES, XML as XAdES, anything else as CAdES."""

from lxml import etree

from . import cms_reader, pades, sign_cms, sign_xades, sniff, xml_canonical
from .errors import FirmaError

PADES, XADES, CADES, CADES_DETACHED = "pades", "xades", "cades", "cades_detached"
MIMETYPES = {
    PADES: "application/pdf",
    XADES: "application/xml",
    CADES: "application/pkcs7-mime",
    CADES_DETACHED: "application/pkcs7-signature",
}


def natural_form(data):
    """The form in which these bytes are signed when nobody chooses: by what they are, whatever their name says."""
    return {"pdf": PADES, "xml": XADES}.get(kind(data), CADES)


def possible_forms(data):
    """Every form in which these bytes can be signed, the natural one first."""
    first = natural_form(data)
    if kind(data) == "cms":  # another signer goes beside those that are there
        return [CADES if cms_reader.content(_load(data)) is not None else CADES_DETACHED]
    return list(dict.fromkeys([first, CADES, CADES_DETACHED]))


def checked_form(data, form=None):
    """The form, or the natural one when missing; FirmaError when these bytes are not signed so."""
    forms = possible_forms(data)
    if form and form not in forms:
        raise FirmaError("form", "This file is not signed in that form.")
    return form or forms[0]


def sign_file(data, signer, request=None, form=None, content=None):
    """The signed bytes.

    :param form: one of the forms of `possible_forms`; the natural one when missing
    :param content: what a detached signature signed, when `data` is one
    :raises FirmaError: it cannot be signed so
    """
    form = checked_form(data, form)
    if form == PADES:
        return pades.sign_pdf(data, signer, request)
    if form == XADES:
        return sign_xades.sign_xml(data, signer, request)
    if kind(data) == "cms":
        return sign_cms.add_signer(sniff.kind(data)[1], signer, request, content=content)
    return sign_cms.sign_cms(data, signer, request, detached=form == CADES_DETACHED)


def expected_inside(data, form, content=None):
    """What must be found inside a file that signs these bytes in this form.

    :param content: what a detached signature signed, when `data` is one
    """
    found = kind(data)
    if form == XADES and found == "xml":  # without the signatures that it already holds
        root = xml_canonical.parse(data)
        bare = xml_canonical.without_signatures(root)
        return data if bare is None else etree.tostring(bare)
    if form in (CADES, CADES_DETACHED) and found == "cms":
        inside = cms_reader.content(_load(data))
        return inside if inside is not None else content
    return data


def signed_name(name, form):
    """Name of the signed file."""
    if form in (CADES, CADES_DETACHED):
        suffix = ".p7m" if form == CADES else ".p7s"
        return name if name.lower().endswith(suffix) else name + suffix
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, "pdf" if form == PADES else "xml"
    return f"{stem.removesuffix('-firmato')}-firmato.{extension}"


def kind(data):
    """pdf, xml, cms (signed data), or an empty string."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    try:
        found = sniff.kind(data)[0]
        if found == "xml":
            xml_canonical.parse(data)
        elif found == "cms":
            _load(data)
    except FirmaError:
        return ""
    return found if found in ("xml", "cms") else ""


def _load(data):
    return cms_reader.load(sniff.kind(data)[1])
