"""A training service with one person, for the tests of remote signing."""

import pytest
from pa_firma_tools import csc
from pa_firma_tools.csc import Secrets
from pa_firma_tools.csc_service import TrainingService
from pa_firma_tools.pki import demo_codice_fiscale

CODE = demo_codice_fiscale("Neri", "Ada")
PIN, PASSWORD = "135790", "parola-ada"


@pytest.fixture(params=["v1", "v2"])
def version(request):
    return request.param


@pytest.fixture
def service():
    with TrainingService(client=("comune", "segreto-del-comune")) as running:
        yield running


@pytest.fixture(scope="module")
def key_files(pki):
    return {kind: pki.issue("Ada Neri", CODE, "x", kind=kind) for kind in ("rsa", "ec")}


@pytest.fixture
def ada(service, key_files):
    return service.add("ada", key_files["ec"], "x")


def open_signer(service, version, otp="", **options):
    settings = csc.Service(url=service.url(version), version=version, **options)
    secrets = Secrets(password=PASSWORD, pin=PIN, otp=otp)
    return csc.open_remote(settings, "ada", "CRED-ada", secrets)


def send_code(service, version, account):
    client = csc.Client(csc.Service(url=service.url(version), version=version))
    client.enter("ada", PASSWORD)
    client.send_code(client.credential(account.credential))
    client.close()
    return account.codes[-1]


def code_of(refusal):
    return refusal.value.code
