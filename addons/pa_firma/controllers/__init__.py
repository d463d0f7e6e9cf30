from . import rapporto
from . import verifica
