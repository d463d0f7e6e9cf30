"""The parser of what is to be signed, against bytes that nobody would send in good faith."""

import hashlib
import random

import pytest
from asking import signed_attributes
from asn1crypto import cms, core
from pa_firma_agente import attributes
from pa_firma_agente.problems import Problem

DIGEST = hashlib.sha256(b"a document").digest()


def test_what_is_read(tokens):
    found = attributes.read(signed_attributes(tokens["ec"], DIGEST), "sha256")
    assert found.message_digest == DIGEST
    assert found.certificate_algorithm == "sha256"


def test_a_digest_of_another_size(tokens):
    for algorithm in ("sha384", "sha512"):
        with pytest.raises(Problem, match="attributes"):
            attributes.read(signed_attributes(tokens["ec"], DIGEST), algorithm)


def test_changed_bytes_are_refused_or_canonical(tokens):
    """Twenty thousand changes of one to four bytes: a refusal with a code, or attributes that encode to those very bytes."""
    chance = random.Random(11)
    good = signed_attributes(tokens["ec"], DIGEST)
    accepted = 0
    for _turn in range(20_000):
        data = bytearray(good)
        for _n in range(chance.randrange(1, 5)):
            position = chance.randrange(len(data))
            action = chance.randrange(3)
            if action == 0:
                data[position] = chance.randrange(256)
            elif action == 1:
                del data[position]
            else:
                data.insert(position, chance.randrange(256))
        try:
            found = attributes.read(bytes(data), "sha256")
        except Problem as problem:
            assert problem.code == "attributes"
            continue
        accepted += 1
        pieces = sorted(item.dump(force=True) for item in cms.CMSAttributes.load(bytes(data)))
        assert core.SetOf(contents=b"".join(pieces)).dump() == bytes(data)
        assert len(found.message_digest) == 32
    assert accepted, "changes inside a digest are still attributes"


def test_nested_without_end():
    for data in (
        b"\x31\x80" * 5000,
        b"\x31\x82\x27\x10" + b"\x30\x80" * 5000,
        b"\x31\x84\xff\xff\xff\xff\x30",
    ):
        with pytest.raises(Problem, match="attributes"):
            attributes.read(data, "sha256")
