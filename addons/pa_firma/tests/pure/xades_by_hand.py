"""Unsigned properties of XAdES put together by hand, timestamps by `openssl ts`: what each covers is written here after
the standard (EN 319 132-1), with canonical forms by lxml alone."""

import base64
import copy

from by_hand import timestamp
from lxml import etree

X, X141 = "http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903/v1.4.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def octets(node):
    return etree.tostring(node, method="c14n", exclusive=True, with_tail=False)


class Extended:
    """An enveloped signature made by signxml, to which properties are added."""

    def __init__(self, data, folder):
        self.root, self.folder = etree.fromstring(data), folder
        self.signature = self.root.find(f".//{{{DS}}}Signature")
        properties = self.signature.find(f".//{{{X}}}QualifyingProperties")
        node = properties.find(f"{{{X}}}UnsignedProperties/{{{X}}}UnsignedSignatureProperties")
        if node is None:
            node = etree.SubElement(etree.SubElement(properties, f"{{{X}}}UnsignedProperties"), f"{{{X}}}UnsignedSignatureProperties")
        self.unsigned = node

    @property
    def data(self):
        return etree.tostring(self.root)

    def part(self, name):
        return octets(self.signature.find(f"{{{DS}}}{name}"))

    def add(self, name, space=X, inside=""):
        """A property that is no timestamp."""
        node = etree.fromstring(f'<p:{name} xmlns:p="{space}" xmlns:x="{X}">{inside}</p:{name}>')
        self.unsigned.append(node)
        return node

    def references(self):
        """The document without the signature, the signed properties, the key: what signxml refers to, in its order."""
        bare = copy.deepcopy(self.root)
        bare.remove(bare.find(f"{{{DS}}}Signature"))
        signed = self.signature.find(f".//{{{X}}}SignedProperties")
        return [etree.tostring(bare.getroottree(), method="c14n"), octets(signed), self.part("KeyInfo")]

    def archived(self, unsigned=None):
        """What an archive timestamp covers now."""
        unsigned = list(self.unsigned) if unsigned is None else unsigned
        parts = [*self.references(), *(self.part(name) for name in ("SignedInfo", "SignatureValue", "KeyInfo"))]
        parts += [octets(node) for node in unsigned]
        own = self.unsigned.getparent().getparent().getparent()
        parts += [octets(node) for node in self.signature.findall(f"{{{DS}}}Object") if node is not own]
        return b"".join(parts)

    def stamp(self, name, tsa, covered, space=X, include=()):
        """Add a timestamp over these bytes."""
        token = base64.b64encode(timestamp(tsa, covered, self.folder, token=True)).decode()
        named = "".join(f'<x:Include URI="#{item}"/>' for item in include)
        method = f'<d:CanonicalizationMethod xmlns:d="{DS}" Algorithm="{EXCLUSIVE}"/>'
        return self.add(name, space, f"{named}{method}<x:EncapsulatedTimeStamp>{token}</x:EncapsulatedTimeStamp>")

    def sign_stamp(self, tsa):
        return self.stamp("SignatureTimeStamp", tsa, self.part("SignatureValue"))

    def archive(self, tsa, space=X141):
        return self.stamp("ArchiveTimeStamp", tsa, self.archived(), space)

    def values(self, ocsps=(), certs=()):
        """CertificateValues and RevocationValues."""
        inside = "".join(f"<x:EncapsulatedX509Certificate>{base64.b64encode(der).decode()}</x:EncapsulatedX509Certificate>" for der in certs)
        certificates = f"<x:CertificateValues>{inside}</x:CertificateValues>" if certs else ""
        inside = "".join(f"<x:EncapsulatedOCSPValue>{base64.b64encode(der).decode()}</x:EncapsulatedOCSPValue>" for der in ocsps)
        return certificates, f"<x:RevocationValues><x:OCSPValues>{inside}</x:OCSPValues></x:RevocationValues>" if ocsps else ""

    def add_values(self, **values):
        for text in filter(None, self.values(**values)):
            self.unsigned.append(etree.fromstring(text.replace(">", f' xmlns:x="{X}">', 1)))
