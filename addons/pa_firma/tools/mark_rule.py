"""What signature fields added or filled in after a signature may draw on its pages.

A mark is part of a later signature, and whoever made that one answers for it: a field that nobody signed, or a document
timestamp (anybody gets one), may draw nothing, and no mark may take the place of the page ("sneaky signature" attack).
"""

from collections import Counter

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.fields import enumerate_sig_fields

MAX_SHARE = 0.25  # of a page, for each signature that follows another one: many people may sign
# The mark of a signature on a document that is compared with the one given to sign: it covers its own mark, and no earlier
# signature is spoilt; but a mark as large as the page would be another document.
MAX_SHARE_OF_FIRST = 0.5
_QUIET_LOOKS = {"/R"}  # the rotation draws nothing
_MAX_WIDGETS = 10_000


def check(old, new, max_share=MAX_SHARE):
    """Raise SuspiciousModification when what came between two revisions draws what it may not.

    :param old: HistoricalResolver of the signed revision, or the reader of what had to be signed
    :param new: HistoricalResolver of a later one, or the reader of the whole file
    :param max_share: the part of a page that the mark of one signature may take
    """
    before = {name: value is not None for name, value, _ref in enumerate_sig_fields(old)}
    drawing = {}
    for name, value, ref in enumerate_sig_fields(new):
        if before.get(name) or (value is None and name in before):
            continue
        if name not in before and any(str(_get(item, "/Subtype")) not in ("/Widget", "None") for item in _widgets(ref)):
            raise SuspiciousModification(f"{name} is another thing than the field of a signature")
        widgets = [item for item in _widgets(ref) if area(_get(item, "/Rect")) and _draws(item)]
        value = _in_the_end(new, name) if value is None and widgets else value
        if widgets and (value is None or _is_timestamp(value)):
            raise SuspiciousModification(f"{name} draws on the page, and it is nobody's signature")
        if name not in before:
            drawing |= {_key(item): (_signature(name, value), area(item["/Rect"])) for item in widgets}
    if drawing and _too_large(new, drawing, max_share):
        raise SuspiciousModification("the mark of a signature covers too much of a page")


def _in_the_end(new, name):
    """The signature of a field that this revision prepares and a later one signs: how it looks then is judged there."""
    reader = getattr(new, "reader", None)
    found = enumerate_sig_fields(reader, with_name=name) if reader is not None else ()
    return next((value for _name, value, _ref in found), None)


def _signature(name, value):
    """What tells a signature from the others: fields may share one."""
    reference = getattr(value, "reference", None)
    return name if reference is None else (reference.idnum, reference.generation)


def _get(node, key):
    return node[key] if key in node else None  # noqa: SIM401 - follows a reference


def _widgets(ref):
    field = ref.get_object()
    kids = _get(field, "/Kids") or []
    return [field, *(kids[index] for index in range(min(len(kids), _MAX_WIDGETS)))]


def _is_timestamp(value):
    signature = value.get_object()
    return str(_get(signature, "/Type")) == "/DocTimeStamp" or str(_get(signature, "/SubFilter")) == "/ETSI.RFC3161"


def _draws(widget):
    """Whether a widget has an appearance that is not empty, or a look from which one is made."""
    looks = _get(widget, "/MK")
    if isinstance(looks, generic.DictionaryObject) and set(looks) - _QUIET_LOOKS:
        return True
    appearance = _get(widget, "/AP")
    if appearance is None:
        return False
    if not isinstance(appearance, generic.DictionaryObject):
        return True
    return any(_paints(appearance[key]) for key in appearance)


def _paints(appearance):
    return not (isinstance(appearance, generic.StreamObject) and not appearance.data.strip())


def area(rect):
    """Area of a rectangle, as far as it can be read; None counts as none."""
    if rect is None:
        return 0
    left, bottom, right, top = (float(value) for value in rect)
    return abs(right - left) * abs(top - bottom)


def _too_large(new, drawing, max_share):
    """Whether on some page one signature takes more than a mark needs.

    :param drawing: {key of a widget: (signature, area)}
    """
    for annotations, box in _pages(new.root["/Pages"]):
        taken = Counter()
        for key in annotations:
            signature, size = drawing.get(key, ("", 0))
            taken[signature] += size
        if max(taken.values(), default=0) > max_share * area(box):
            return True
    return False


def _key(node):
    reference = node.get_container_ref()
    return (reference.idnum, reference.generation)


def _pages(top):
    """(what is annotated on it, its box) of every page."""
    stack, seen = [(top, None)], set()
    while stack:
        node, box = stack.pop()
        if _key(node) in seen:
            continue
        seen.add(_key(node))
        box = _get(node, "/CropBox") or _get(node, "/MediaBox") or box
        kids = _get(node, "/Kids")
        if kids is not None:
            stack += [(kids[index], box) for index in range(len(kids))]
            continue
        annotations = _get(node, "/Annots") or []
        yield [_key(annotations[index]) for index in range(len(annotations))], box
