def load_all(raw, trust):
    return [], []
