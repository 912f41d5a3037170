"""Figures: KPIs, targets, the dashboard."""
