"""Bringing in files of any shape: parsers for dirty cells, guesses for columns, one declaration per kind of thing.

Declare an `ImportSpec` (spec.py) with the kinds of kinds.py, add `import_paths(spec)` (urls.py) to an app's routes; the
steps are in services/imports.py, the pages in views.py.
"""
