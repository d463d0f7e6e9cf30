"""Objects that a revision of a PDF says are free.

pyHanko refuses every such entry after a signature. Programs that sign write harmless ones: iText says free the number of the
very table that it writes. What matters is whether something that was there is gone, whatever generation the entry tells:
readers do not look at it.
"""

from pyhanko.sign import diff_analysis as diff

from .missing_objects import defined_later, was_there


class KeptObjectsPolicy(diff.StandardDiffPolicy):
    """pyHanko's policy, which refuses a revision when it deletes what was there, or defines what was referred to and missing."""

    def __init__(self, **rules):
        super().__init__(reject_object_freeing=False, **rules)

    def apply(self, old, new, field_mdp_spec=None, doc_mdp=None):
        lost = deleted(new.reader, new.revision)
        if lost:
            raise diff.SuspiciousModification(f"objects were deleted: {', '.join(map(str, lost[:10]))}")
        late = defined_later(old, new.explicit_refs_in_revision())
        if late:
            raise diff.SuspiciousModification(f"objects that were missing were added: {', '.join(map(str, late[:10]))}")
        return super().apply(old, new, field_mdp_spec, doc_mdp)


def deleted(reader, revision):
    """Numbers of the objects that were there before a revision and that it says are free, in order."""
    return sorted(number for number in reader.xrefs.get_xref_data(revision).freed if was_there(reader, number, revision))
