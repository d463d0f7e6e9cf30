"""The way from a certificate to an anchor, at a moment. Nothing is fetched."""

import asyncio
import datetime as dt
from dataclasses import dataclass, field

from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers
from pyhanko_certvalidator.errors import (
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    ValidationError,
)
from pyhanko_certvalidator.name_trees import process_general_subtrees
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms, PKIXValidationParams

MAX_POOL = 500


@dataclass
class Chain:
    """`certs` from the end certificate to the anchor; `cause` is empty when it holds."""

    certs: list = field(default_factory=list)
    cause: str = ""
    detail: str = ""

    @property
    def trusted(self):
        return not self.cause


def outside(cert, moment):
    """-1 before the certificate's validity, 1 after it, 0 within."""
    validity = cert["tbs_certificate"]["validity"]
    if moment < validity["not_before"].native:
        return -1
    return 1 if moment > validity["not_after"].native else 0


def build(cert, anchors, pool, moment):
    """Validate the path (RFC 5280) at `moment`; weak algorithms are judged elsewhere."""
    if not anchors:
        return Chain([cert], "no_anchors", "no trust anchors were given")
    place = outside(cert, moment)
    chain = _try(cert, anchors, pool, _inside(cert) if place else moment)
    if chain.trusted and place:
        words = "expired" if place > 0 else "not yet valid"
        return Chain(chain.certs, "expired", f"the certificate was {words} at that time")
    return chain


def _inside(cert):
    """A moment at which the certificate itself was in force, to tell a bad chain from a bad time."""
    validity = cert["tbs_certificate"]["validity"]
    return validity["not_after"].native - dt.timedelta(seconds=1)


def _try(cert, anchors, pool, moment):
    if any(cert.sha256 == anchor.sha256 for anchor in anchors):
        return Chain([cert])
    roots = [_root(anchor) for anchor in anchors if may_issue(anchor)]
    if not roots:
        return Chain([cert], "untrusted", "the certificate does not lead to a trusted authority")
    context = ValidationContext(
        trust_roots=roots,
        other_certs=list(pool)[:MAX_POOL],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )
    try:
        path = asyncio.run(CertificateValidator(cert, validation_context=context).async_validate_path())
        return Chain(_certificates(path))
    except (ExpiredError, NotYetValidError):
        return Chain([cert], "expired", "a certificate of the chain was not valid at that time")
    except PathBuildingError:
        return Chain([cert], "untrusted", "the certificate does not lead to a trusted authority")
    except (PathValidationError, ValidationError) as error:
        return Chain([cert], "untrusted", f"the chain of certificates is not sound ({error})")
    except Exception as error:  # hostile certificates raise anything: no trust
        return Chain([cert], "untrusted", f"the chain cannot be read ({type(error).__name__})")


def may_issue(anchor):
    """An anchor that is no authority is trusted for what it signs itself: its holder issues nobody's certificates.

    RFC 5280, 6.1.1 takes an anchor as it is given: one of its two ways to say that it issues certificates is enough.
    """
    usage = anchor.key_usage_value
    if usage is not None and "key_cert_sign" not in usage.native:
        return False
    if anchor.basic_constraints_value is None and usage is not None:
        return True
    return anchor.ca or anchor["tbs_certificate"]["version"].native == "v1"  # of before the extensions


def _root(anchor):
    """An anchor with the limits that it sets to what is below it (RFC 5937, 3.2)."""
    names = anchor.name_constraints_value
    if names is None and anchor.max_path_length is None:
        return CertTrustAnchor(anchor)
    params = None
    if names is not None:
        permitted, excluded = (names[key] for key in ("permitted_subtrees", "excluded_subtrees"))
        params = PKIXValidationParams(
            initial_permitted_subtrees=process_general_subtrees(permitted) if len(permitted or ()) else None,
            initial_excluded_subtrees=process_general_subtrees(excluded) if len(excluded or ()) else None,
        )
    length = anchor.max_path_length
    # the library wants both lengths, the second one for attribute certificates
    limits = TrustQualifiers(max_path_length=length, max_aa_path_length=length, standard_parameters=params)
    return CertTrustAnchor(anchor, limits)


def _certificates(path):
    """The path's certificates, leaf first."""
    return list(path.iter_certs(include_root=True))[::-1]
