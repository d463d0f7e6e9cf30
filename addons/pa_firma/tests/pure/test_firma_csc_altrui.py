"""The client against a service written by others: certomancer-csc-dummy, with a PKI of certomancer's own."""

import asyncio
import threading

import pytest
from aiohttp import web
from asn1crypto import pem
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from csc_dummy.csc_dummy_server import CSCWithCertomancer, DummyServiceParams
from pa_firma_tools import csc, two_phase, verify
from pa_firma_tools.csc import Secrets
from pa_firma_tools.errors import FirmaError

CONFIG = """
keysets:
  keys:
    path-prefix: .
    keys:
      root: {path: root.pem}
      ada: {path: ada.pem}
      ugo: {path: ugo.pem}
pki-architectures:
  prova:
    keyset: keys
    entities:
      root: {country-name: IT, organization-name: Prova, common-name: Prova CA}
      ada: {country-name: IT, common-name: Ada Neri, serial-number: TINIT-NREDAA80A41H501X}
      ugo: {country-name: IT, common-name: Ugo Neri}
    certs:
      root:
        subject: root
        issuer: root
        validity: {valid-from: "2020-01-01T00:00:00+0000", valid-to: "2099-01-01T00:00:00+0000"}
        profiles: [{id: simple-ca, params: {}}]
      ada: &leaf
        subject: ada
        issuer: root
        validity: {valid-from: "2020-01-01T00:00:00+0000", valid-to: "2098-01-01T00:00:00+0000"}
        extensions:
          - {id: key_usage, critical: true, smart-value: {schema: key-usage, params: [non_repudiation]}}
      ugo:
        <<: *leaf
        subject: ugo
"""


@pytest.fixture(scope="module")
def architecture(tmp_path_factory):
    """A PKI as certomancer makes it from a configuration file: a root, an RSA person and a P-256 one."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    folder = tmp_path_factory.mktemp("certomancer")
    keys = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("root", "ada")}
    keys["ugo"] = ec.generate_private_key(ec.SECP256R1())
    for name, key in keys.items():
        shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{name}.pem").write_bytes(key.private_bytes(*shape))
    (folder / "certomancer.yml").write_text(CONFIG)
    return CertomancerConfig.from_file(str(folder / "certomancer.yml"), key_search_dir=str(folder))


@pytest.fixture(scope="module", params=[True, False], ids=["bound", "unbound"])
def service(request, architecture):
    """Its address, while it runs in a thread of its own."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    app = CSCWithCertomancer(
        architecture, service_params=DummyServiceParams(hash_pinning_required=request.param, multisign=5)
    )
    app.register_routes()
    runner = web.AppRunner(app.app)

    async def start():
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set()

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/csc/v1"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.mark.parametrize("name", ["ada", "ugo"])
def test_signed_by_a_service_written_by_others(service, architecture, name, pdf):
    settings = csc.Service(url=service, auth="none", per_call=2)
    signer = csc.open_remote(settings, "", f"prova/{name}", Secrets())
    prepared = [two_phase.prepare_pdf(pdf, signer.signing_cert, signer.chain) for _n in range(3)]
    signatures = signer.sign_many([item.to_sign for item in prepared])
    signer.close()
    root = architecture.get_pki_arch(ArchLabel("prova")).get_cert(CertLabel("root"))
    anchor = pem.armor("CERTIFICATE", root.dump())
    for item, signature in zip(prepared, signatures, strict=True):
        report = verify.verify_pdf(two_phase.finish_pdf(item, signature), original=pdf, trust=[anchor])
        assert report["verdict"] == "valid", report["reasons"]
    assert signer.at_once == 5


def test_its_refusals(service):
    settings = csc.Service(url=service, auth="none")
    for name in ("prova/nessuno", "altro/ada", "senza-barra"):
        with pytest.raises(FirmaError):
            csc.open_remote(settings, "", name, Secrets())
