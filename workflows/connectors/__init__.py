"""Connectors: how access is given and taken outside. `base.py` says what one must do; one module a kind."""
