from . import allega, motivo
