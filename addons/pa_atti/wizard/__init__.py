from . import allega, clausola, motivo
