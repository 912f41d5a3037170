"""The durable engine: rows are the truth, messages are hints. How it works: docs/workflows.md.

Every function that changes a step is one short transaction and a compare-and-set on (state, lease token). Locks are taken in
one order: subject, run, step, children.
"""
