"""What may happen to a form after a signature.

Filling in a field is allowed only where a certification says so (ISO 32000-1, 12.8.2.2, P 2 and 3): the "replace" shadow
attack is form filling too. What decides how the values already there are drawn may never change.
"""

from pyhanko.pdf_utils import generic
from pyhanko.sign import diff_analysis as diff
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.diff_analysis.form_rules_api import ACROFORM_EXEMPT_STRICT_COMPARISON
from pyhanko.sign.fields import MDPPerm

from . import mark_rule

_EMPTY = {"", "/Off", "[]", "null"}
_MAX_FIELDS = 20_000


class QuietFormRule(diff.FormUpdatingRule):
    """pyHanko's rule lets /DR, /DA, /Q and /NeedAppearances change: with them, values that were signed are drawn anew.

    It does not let /SigFlags change, which says nothing but that there are signatures (ISO 32000-1, table 219): the first
    program that signs a form adds it, and some raise it from 1 to 3.

    :param max_share: the part of a page that the mark of one signature may take
    """

    def __init__(self, field_rules, max_share=mark_rule.MAX_SHARE):
        self._max_share = max_share
        super().__init__(field_rules, ignored_acroform_keys=ACROFORM_EXEMPT_STRICT_COMPARISON | {"/SigFlags"})

    def apply(self, old, new):
        before, after = _form(old), _form(new)
        if _redrawn(after) and not _redrawn(before):
            raise SuspiciousModification("the values of the form are to be drawn anew")
        if _holds_values(before):
            _check_drawing(before, after)
        mark_rule.check(old, new, self._max_share)
        yield from super().apply(old, new)


def _form(resolver):
    form = _get(resolver.root, "/AcroForm")
    return form if isinstance(form, generic.DictionaryObject) else generic.DictionaryObject()


def _get(node, key, default=None):
    """What a key holds, following references."""
    try:
        return node[key]
    except KeyError:
        return default


def _redrawn(form):
    return str(_get(form, "/NeedAppearances", False)) not in ("False", "None")


def _holds_values(form):
    """Whether there is any field that is no signature."""
    stack, count = _items(form, "/Fields"), 0
    while stack:
        field, count = stack.pop(), count + 1
        if not isinstance(field, generic.DictionaryObject) or count > _MAX_FIELDS:
            return True
        if "/FT" in field and field["/FT"] != "/Sig":
            return True
        stack += _items(field, "/Kids")
    return False


def _items(node, key):
    items = _get(node, key)
    return (
        [items[index] for index in range(len(items))]
        if isinstance(items, generic.ArrayObject)
        else []
    )


def _check_drawing(before, after):
    """What was there must be there as it was; programs that sign add fonts of their own."""
    for key in ("/DA", "/Q"):
        if key in before and (key not in after or before[key] != after[key]):
            raise SuspiciousModification(f"{key} of the form was changed")
    old, new = (_get(form, "/DR", {}) for form in (before, after))
    for kind in old:
        names, later = old[kind], _get(new, kind)
        same = later is not None and (
            all(name in later and names.raw_get(name) == later.raw_get(name) for name in names)
            if isinstance(names, generic.DictionaryObject)
            and isinstance(later, generic.DictionaryObject)
            else names == later
        )
        if not same:
            raise SuspiciousModification("fonts or resources of the form were changed")


class FilledFieldRule(diff.GenericFieldModificationRule):
    """Fields that were empty may be filled in; where they are and how they look may not change."""

    def __init__(self):
        super().__init__(value_update_keys={"/V", "/AP", "/AS"})

    def check_form_field(self, fq_name, spec, context):
        if spec.old_field_ref and spec.new_field_ref:
            before, after = _value(spec.old_field), _value(spec.new_field)
            # a value that was there, or none at all, drawn in another way: not allowed, so pyHanko finds it later
            if before in _EMPTY and after not in _EMPTY:
                yield from super().check_form_field(fq_name, spec, context)


def _value(field):
    return str(field["/V"]) if "/V" in field else ""


def may_be_filled(embedded):
    """Whether this signature, or one that it covers, is a certification that allows filling in the form."""
    earlier = [
        item
        for item in embedded.reader.embedded_signatures
        if item.signed_revision <= embedded.signed_revision
    ]
    levels = [level for item in earlier if (level := item.docmdp_level) is not None]
    return bool(levels) and MDPPerm.NO_CHANGES not in levels
