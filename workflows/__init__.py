"""Workflows: the durable engine, approvals, onboarding and offboarding."""
