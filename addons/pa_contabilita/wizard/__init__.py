from . import importa
from . import importa_peg
from . import importa_residui
from . import importa_codici
from . import motivo
from . import riassegna
