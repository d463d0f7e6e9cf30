from . import firma_wizard
from . import libro_firma
from . import libro_firma_riga
from . import iscrizione
from . import verdetto
