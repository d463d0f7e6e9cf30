from . import firma_wizard
from . import iscrizione
from . import verdetto
from . import firma_file
