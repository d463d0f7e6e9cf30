from . import firma_wizard
from . import elenco_carica
from . import iscrizione
from . import sigillo
from . import apponi
from . import verdetto
from . import firma_rifiuto
from . import firma_file
