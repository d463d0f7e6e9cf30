import importlib.util
import sys
from pathlib import Path

import pytest
import weasyprint

TOOLS = Path(__file__).resolve().parents[2] / "tools"

if "pa_firma_tools" not in sys.modules:
    _spec = importlib.util.spec_from_file_location(
        "pa_firma_tools", TOOLS / "__init__.py", submodule_search_locations=[str(TOOLS)]
    )
    _package = importlib.util.module_from_spec(_spec)
    sys.modules["pa_firma_tools"] = _package
    _spec.loader.exec_module(_package)

from by_hand import Authority  # noqa: E402 - after the package of tools
from csc_common import ada, key_files, service, version  # noqa: E402, F401 - fixtures of remote signing


@pytest.fixture(scope="session")
def pdf():
    html = "<h1>Determina n. 1</h1><p>Si impegna la somma di € 100,00 sul capitolo 10.</p>"
    return weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/a-2u")


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    from pa_firma_tools.pki import DemoPki

    return DemoPki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def tsa(pki):
    with pki.start_tsa() as authority:
        yield authority


@pytest.fixture(scope="session")
def mario(pki):
    from pa_firma_tools import pades
    from pa_firma_tools.pki import demo_codice_fiscale

    data = pki.issue("Mario Rossi", demo_codice_fiscale("Rossi", "Mario"), "pin")
    return pades.load_key_file(data, "pin")


@pytest.fixture(scope="session")
def signed(pdf, mario, tsa):
    from pa_firma_tools import pades

    return pades.sign_pdf(pdf, mario, pades.SignatureRequest(tsa_url=tsa.url))


@pytest.fixture
def codes():
    return lambda report: {reason["code"] for reason in report["reasons"]}


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """An authority made with openssl and `cryptography`, for files that pyHanko has no part in."""
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def check(ca, codes):
    """Verify with that authority's root trusted: (report, codes of the reasons)."""
    from pa_firma_tools import document

    def run(data, **options):
        report = document.verify_document(data, trust=options.pop("trust", [ca.root.pem]), **options)
        return report, codes(report)

    return run
