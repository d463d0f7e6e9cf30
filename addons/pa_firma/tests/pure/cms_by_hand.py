"""CMS files changed by hand: timestamps and other unsigned attributes added."""


from asn1crypto import algos, cms, core
from by_hand import timestamp

CONTENT = "Determina n. 1: si impegna la somma di € 100,00.\n".encode() * 20


def add_unsigned(data, *attributes):
    """The same CMS with unsigned attributes (type, values) on its only signature."""
    info = cms.ContentInfo.load(data)
    signer = info["content"]["signer_infos"][0]
    kept = list(signer["unsigned_attrs"] or [])
    signer["unsigned_attrs"] = cms.CMSAttributes(
        kept + [cms.CMSAttribute({"type": kind, "values": values}) for kind, values in attributes]
    )
    return info.dump()


def value_of(data):
    return cms.ContentInfo.load(data)["content"]["signer_infos"][0]["signature"].native


def stamped(data, tsa, folder, over=None):
    token = timestamp(tsa, value_of(data) if over is None else over, folder, token=True)
    return add_unsigned(data, ("signature_time_stamp_token", [cms.ContentInfo.load(token)]))


def archived(data, tsa, folder):
    """archive-time-stamp-v3 built by hand (EN 319 122-1, 5.5.3): the index, the imprint, the token with the index."""
    from hashlib import sha256

    info = cms.ContentInfo.load(data)
    signed, signer = info["content"], info["content"]["signer_infos"][0]
    pieces = [attr["type"].dump() + value.dump() for attr in signer["unsigned_attrs"] for value in attr["values"]]
    certs = [item.dump() for item in signed["certificates"]]
    crls = [item.dump() for item in signed["crls"] or []]

    def hashes_of(items):
        return tlv(0x30, b"".join(core.OctetString(sha256(item).digest()).dump() for item in items))

    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    index = tlv(0x30, algorithm + hashes_of(certs) + hashes_of(crls) + hashes_of(pieces))
    fields = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    content = signed["encap_content_info"]
    covered = content["content_type"].dump() + sha256(content["content"].native).digest()
    covered += b"".join(signer[name].dump() for name in fields) + index
    token = timestamp(tsa, covered, folder, token=True)
    stamped_index = cms.CMSAttribute({"type": "0.4.0.19122.1.5", "values": [core.Any.load(index)]})
    whole = cms.ContentInfo.load(token)
    whole["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([stamped_index])
    return add_unsigned(data, ("0.4.0.1733.2.4", [core.Any.load(whole.dump())]))


def tlv(tag, data):
    size = len(data)
    raw = bytes([size]) if size < 128 else (b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2, "big"))
    return bytes([tag]) + raw + data
