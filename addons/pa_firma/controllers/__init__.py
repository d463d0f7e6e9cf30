from . import verifica
