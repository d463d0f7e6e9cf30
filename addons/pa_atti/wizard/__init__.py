from . import allega, clausola, motivo, voto
