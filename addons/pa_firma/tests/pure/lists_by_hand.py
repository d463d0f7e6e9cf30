"""Trusted lists as they are published (TS 119 612, version 5), written as text and signed by xmlsec1: nothing of what is
under test takes part."""

import base64
import datetime as dt
import hashlib
import subprocess
import tempfile
from pathlib import Path

from by_hand import DAY, NOW

URIS = "http://uri.etsi.org/TrstSvc/"
LISTS, STATUS, EXTENSION = f"{URIS}TrustedList/TSLType/", f"{URIS}TrustedList/Svcstatus/", f"{URIS}TrustedList/SvcInfoExt/"
JOURNAL = "https://eur-lex.europa.eu/eli/C/2026/1/oj"
LONG_AGO = dt.datetime(2010, 1, 1, tzinfo=dt.timezone.utc)
_SPACES = (
    'xmlns="http://uri.etsi.org/02231/v2#" xmlns:ns2="http://www.w3.org/2000/09/xmldsig#" xmlns:ns3="http://uri.etsi.org/01903/v1.3.2#"'
    ' xmlns:ns4="http://uri.etsi.org/02231/v2/additionaltypes#"'
    ' xmlns:ns5="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"'
)


def b64(data):
    return base64.b64encode(data).decode()


def when(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def names(tag, *pairs):
    return f"<{tag}>" + "".join(f'<Name xml:lang="{lang}">{text}</Name>' for lang, text in pairs) + f"</{tag}>"


def extension(inside):
    return f'<Extension Critical="true">{inside}</Extension>'


def purposes(*found):
    return "".join(
        extension(f'<AdditionalServiceInformation><URI xml:lang="en">{EXTENSION}{name}</URI></AdditionalServiceInformation>')
        for name in found
    )


def qualifications(*elements):
    """`elements`: (qualifiers, criteria as XML)."""
    inside = "".join(
        "<ns5:QualificationElement><ns5:Qualifiers>"
        + "".join(f'<ns5:Qualifier uri="{EXTENSION}{name}"/>' for name in found)
        + f"</ns5:Qualifiers>{criteria}</ns5:QualificationElement>"
        for found, criteria in elements
    )
    return extension(f"<ns5:Qualifications>{inside}</ns5:Qualifications>")


def criteria(*conditions, rule="all"):
    return f'<ns5:CriteriaList assert="{rule}">{"".join(conditions)}</ns5:CriteriaList>'


def usage(**bits):
    inside = "".join(f'<ns5:KeyUsageBit name="{name}">{str(value).lower()}</ns5:KeyUsageBit>' for name, value in bits.items())
    return f"<ns5:KeyUsage>{inside}</ns5:KeyUsage>"


def _identifier(oid):
    return f'<ns3:Identifier Qualifier="OIDAsURN">urn:oid:{oid}</ns3:Identifier>'


def policies(*oids):
    inside = "".join(f"<ns5:PolicyIdentifier>{_identifier(oid)}</ns5:PolicyIdentifier>" for oid in oids)
    return f"<ns5:PolicySet>{inside}</ns5:PolicySet>"


def key_purposes(*oids):
    inside = "".join(f"<ns4:KeyPurposeId>{_identifier(oid)}</ns4:KeyPurposeId>" for oid in oids)
    return f"<ns5:otherCriteriaList><ns4:ExtendedKeyUsage>{inside}</ns4:ExtendedKeyUsage></ns5:otherCriteriaList>"


def subject_has(*oids):
    inside = "".join(f"<ns4:AttributeOID>{_identifier(oid)}</ns4:AttributeOID>" for oid in oids)
    return f"<ns5:otherCriteriaList><ns4:CertSubjectDNAttribute>{inside}</ns4:CertSubjectDNAttribute></ns5:otherCriteriaList>"


def period(status, start, identity, extensions, kind):
    return (
        f"<ServiceTypeIdentifier>{URIS}Svctype/{kind}</ServiceTypeIdentifier>"
        f"{names('ServiceName', ('en', 'Qualified certificates'), ('it', 'Certificati qualificati'))}"
        f"<ServiceDigitalIdentity>{identity}</ServiceDigitalIdentity><ServiceStatus>{STATUS}{status}</ServiceStatus>"
        f"<StatusStartingTime>{when(start)}</StatusStartingTime>"
        f"<ServiceInformationExtensions>{extensions}</ServiceInformationExtensions>"
    )


def certified(*certs):
    """A service's identity as it must be: its certificates."""
    return "".join(f"<DigitalId><X509Certificate>{b64(cert.der)}</X509Certificate></DigitalId>" for cert in certs)


def by_key(cert):
    """The identity that history gives: identifier of the key."""
    from cryptography import x509

    return f"<DigitalId><X509SKI>{b64(x509.SubjectKeyIdentifier.from_public_key(cert.key.public_key()).digest)}</X509SKI></DigitalId>"


def by_name(cert):
    return f"<DigitalId><X509SubjectName>{cert.cert.subject.rfc4514_string()}</X509SubjectName></DigitalId>"


def service(identity, *periods, kind="CA/QC", purpose=("ForeSignatures",), added=""):
    """`periods`: (status, start, further extensions, kind of service), the present one first."""
    written = []
    for status, start, *more in periods or [("granted", LONG_AGO)]:
        extensions = purposes(*purpose) + added + (more[0] if more else "")
        written.append(period(status, start, identity, extensions, more[1] if len(more) > 1 else kind))
    history = "".join(f"<ServiceHistoryInstance>{item}</ServiceHistoryInstance>" for item in written[1:])
    return f"<TSPService><ServiceInformation>{written[0]}</ServiceInformation><ServiceHistory>{history}</ServiceHistory></TSPService>"


def pointer(territory, *signers, address="", kind="EUgeneric", more=""):
    named = "".join(f"<ServiceDigitalIdentity>{certified(item)}</ServiceDigitalIdentity>" for item in signers)
    kind = kind if ":" in kind else LISTS + kind
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{named}</ServiceDigitalIdentities><TSLLocation>{address}</TSLLocation>"
        f"<AdditionalInformation><OtherInformation><TSLType>{kind}</TSLType></OtherInformation><OtherInformation><SchemeTerritory>"
        f"{territory}</SchemeTerritory></OtherInformation><OtherInformation><ns4:MimeType>application/vnd.etsi.tsl+xml</ns4:MimeType>"
        f"</OtherInformation>{more}</AdditionalInformation></OtherTSLPointer>"
    )


def listing(*services, number=7, territory="IT", kind="EUgeneric", pointers=(), uris=(), until=NOW + 90 * DAY, provider=None):
    kind = kind if ":" in kind else LISTS + kind
    said = "".join(f'<URI xml:lang="en">{uri}</URI>' for uri in uris)
    who = names("TSPName", *(provider or [("de", "Anbieter"), ("en", "Provider"), ("it", "Prestatore")]))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><TrustServiceStatusList {_SPACES} Id="ID1" TSLTag="http://uri.etsi.org/19612/TSLTag">'
        f"<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>"
        f"<TSLType>{kind}</TSLType><SchemeInformationURI>{said}</SchemeInformationURI><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<PointersToOtherTSL>{''.join(pointers)}</PointersToOtherTSL><ListIssueDateTime>{when(NOW - DAY)}</ListIssueDateTime>"
        f"<NextUpdate><dateTime>{when(until)}</dateTime></NextUpdate></SchemeInformation><TrustServiceProviderList>"
        f"<TrustServiceProvider><TSPInformation>{who}</TSPInformation><TSPServices>{''.join(services)}</TSPServices>"
        "</TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"
    ).encode()


def lotl(*signers, number, uris=(), pointers=()):
    """A list of lists that names its own signers."""
    own = pointer("EU", *signers, address="https://ec.europa.eu/tools/lotl/eu-lotl.xml", kind="EUlistofthelists")
    return listing(number=number, territory="EU", kind="EUlistofthelists", pointers=[own, *pointers], uris=uris)


def pivot(number):
    return f"https://ec.europa.eu/tools/lotl/eu-lotl-pivot-{number}.xml"


_TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="sig"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference><ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#xades"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{cert}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#sig"><xades:SignedProperties Id="xades"><xades:SignedSignatureProperties><xades:SigningTime>{time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>"""


def signed(xml, pair):
    """The list signed by xmlsec1, whole and enveloped, with the properties of XAdES."""
    template = _TEMPLATE.format(cert=b64(pair.der), time=when(NOW - DAY), digest=b64(hashlib.sha256(pair.der).digest()))
    end = b"</TrustServiceStatusList>"
    assert xml.rstrip().endswith(end)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "list.xml"
        place.write_bytes(template.encode().join(xml.rsplit(end, 1)[:1] + [b""]) + end)
        words = ["xmlsec1", "--sign", "--privkey-pem", pair.key_file, "--id-attr:Id", "SignedProperties", "--output", f"{folder}/out", place]
        done = subprocess.run([str(word) for word in words], capture_output=True)
        assert not done.returncode, done.stderr
        return Path(f"{folder}/out").read_bytes()
