"""Talent: freelancers, requisitions, assignments, work, invoices, payments."""
