"""Conformance of an XML report to the schema of ETSI TS 119 102-2, as pyHanko's bindings know it: names, namespaces, order,
what is required and how often, attributes, values. An element that the schema does not know is refused."""

import dataclasses
import datetime as dt
import re
import typing

from pyhanko.generated.etsi import ts_11910202
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig


def check(data):
    """Raises AssertionError, or what the parser raises, when the report does not conform."""
    from lxml import etree

    XmlParser(ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)).from_bytes(
        data, ts_11910202.ValidationReport
    )
    root = etree.fromstring(data)
    _Checker(root).element(root, ts_11910202.ValidationReport)


class _Checker:
    def __init__(self, root):
        self.ids = [node.get("id") for node in root.iter("*") if node.get("id")]
        assert len(self.ids) == len(set(self.ids)) and all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in self.ids)

    def element(self, node, kind):
        hints = typing.get_type_hints(kind, vars(__import__(kind.__module__, fromlist=["x"])))
        fields = [field for field in dataclasses.fields(kind) if field.metadata.get("type") == "Element"]
        places = [self._place(child, kind, fields) for child in node.iterchildren("*")]
        assert places == sorted(places), f"{node.tag}: out of order"
        for index, field in enumerate(fields):
            count, data = places.count(index), field.metadata
            least = data.get("min_occurs", 1 if data.get("required") else 0)
            many = typing.get_origin(hints[field.name]) is tuple
            assert least <= count <= data.get("max_occurs", 10**9 if many else 1), f"{node.tag}: {data['name']} {count} times"
        for child, place in zip(node.iterchildren("*"), places, strict=True):
            if place < len(fields):
                self._value(child, _inner(hints[fields[place].name]))
        self._attributes(node, kind)

    def _place(self, child, kind, fields):
        name = child.tag.rsplit("}", 1)[1]
        space = child.tag[1:].split("}")[0]
        for index, field in enumerate(fields):
            own = field.metadata.get("namespace")
            if field.metadata.get("name", field.name) == name and own in (None, space):
                return index
        assert any(field.metadata.get("type") == "Wildcard" for field in dataclasses.fields(kind)), f"{kind.__name__}: {child.tag}"
        return len(fields)

    def _value(self, node, kind):
        if dataclasses.is_dataclass(kind):
            self.element(node, kind)
        elif kind is bool:
            assert node.text in ("true", "false")
        elif getattr(kind, "__name__", "") == "XmlDateTime":
            assert dt.datetime.fromisoformat(node.text).tzinfo is not None

    def _attributes(self, node, kind):
        known = {field.metadata.get("name", field.name): field for field in dataclasses.fields(kind) if field.metadata.get("type") == "Attribute"}
        assert set(node.attrib) <= set(known), f"{node.tag}: {node.attrib}"
        for name, field in known.items():
            assert not field.metadata.get("required") or name in node.attrib, f"{node.tag}: {name} is missing"
        for name in (node.get("VOReference") or "").split():
            assert name in self.ids, f"{name} is nowhere"


def _inner(hint):
    """The type of one value of a field."""
    found = [item for item in typing.get_args(hint) or (hint,) if item not in (type(None), ...)]
    return found[0]
