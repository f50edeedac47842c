"""Whom we ask: regions, partners, trajectories, intake."""
