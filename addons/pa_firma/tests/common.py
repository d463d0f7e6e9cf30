import base64
import logging
import tempfile
from io import BytesIO

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo.addons.pa_atti.tests.common import AttiCommon

from ..tools import pades
from ..tools.pki import DemoPki, demo_codice_fiscale

PASSWORD = "una-Parola-segreta-7391"


class FirmaCommon(AttiCommon):
    """People with key files of a PKI made for the test, a timestamp authority on loopback, digital types."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.pki = DemoPki(folder)
        cls.tsa = cls.pki.start_tsa()
        cls.addClassCleanup(cls.tsa.close)
        cls.env["pa.firma.ancora"].create({"pem": cls.pki.root_pem.decode()})
        cls.env["ir.config_parameter"].set_param("pa_firma.tsa_url", cls.tsa.url)
        cls.env["pa.atto.tipo"].search([]).firma_mode = "digital"
        cls.dispositivi = cls.env["pa.firma.dispositivo"]
        for user in (cls.responsabile, cls.finanziario, cls.segretario, cls.istruttore):
            user.pa_codice_fiscale = demo_codice_fiscale(user.name, "Prova")
        for user in (cls.responsabile, cls.finanziario):
            cls.dispositivi |= cls._device(user)

    @classmethod
    def _key_file(cls, user, **options):
        return cls.pki.issue(user.name, user.pa_codice_fiscale, PASSWORD, kind="ec", **options)

    @classmethod
    def _device(cls, user):
        Dispositivo = cls.env["pa.firma.dispositivo"].with_user(user)
        return Dispositivo._enroll(user, "Firma", cls._key_file(user), PASSWORD).sudo()

    def _device_of(self, user):
        return self.dispositivi.filtered(lambda d: d.user_id == user)

    def _sign(self, atto, user, password=PASSWORD, **kwargs):
        step = atto.with_user(user)._my_step()
        return step.action_sign(self._device_of(user).id, password, **kwargs)

    def _at_signature(self, tipo="tipo_determina_impegno", **vals):
        """An act that waits for the head of service's signature."""
        atto = self._draft(tipo, **vals)
        atto.action_start()
        return atto

    def _signed_outside(self, atto, user, **options):
        """What the person's own program makes of the document, as base64 does not yet wrap it."""
        data = atto.with_user(user)._my_step()._firma_base()._bytes()
        signer = pades.load_key_file(self._key_file(user, **options), PASSWORD)
        return pades.sign_pdf(data, signer, pades.SignatureRequest(tsa_url=self.tsa.url))

    def _columns_with(self, text):
        """(table, column) of the whole database in which this text is."""
        self.env.cr.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
            "AND data_type IN ('character varying', 'text', 'jsonb', 'bytea')"
        )
        found, raw = [], text.encode()  # plainly, in base64, or as the bytes of a binary column
        shapes = [f"%{shape}%" for shape in (text, base64.b64encode(raw).decode().rstrip("="), raw.hex())]
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE ANY(%s) LIMIT 1',  # pylint: disable=sql-injection
                [shapes],
            )
            found += [(table, column)] if self.env.cr.fetchone() else []
        return found


class Card:
    """A person's key that the server never sees, and the certificate that it may see."""

    def __init__(self, pki, user, **options):
        blob = pki.issue(user.name, user.pa_codice_fiscale, "x", **{"kind": "ec"} | options)
        self._key, cert, chain = pkcs12.load_key_and_certificates(blob, b"x")
        self.certificate, *self.chain = [_base64(item) for item in (cert, *chain)]

    def sign(self, to_sign):
        """Base64 of the raw signature of these base64 bytes."""
        return base64.b64encode(self._key.sign(base64.b64decode(to_sign), ec.ECDSA(hashes.SHA256()))).decode()


def _base64(cert):
    return base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode()


class LogCatcher(logging.Handler):
    """Keeps everything that is logged while it is open."""

    def __init__(self):
        super().__init__(level=0)
        self.stream = BytesIO()

    def emit(self, record):
        if record.name.startswith(__package__):  # what a test does with its browser
            return
        self.stream.write(logging.Formatter().format(record).encode())

    def __enter__(self):
        root = logging.getLogger()
        self._levels = {name: logging.getLogger(name).level for name in ("", "odoo.sql_db", "odoo", "pyhanko", "urllib3")}
        for name in self._levels:
            logging.getLogger(name).setLevel(logging.DEBUG)
        root.addHandler(self)
        return self

    def __exit__(self, *_exc):
        logging.getLogger().removeHandler(self)
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
