"""How long tests wait for what must come."""

PATIENCE = 300
"""Seconds. A guard against hanging for ever and nothing else: what takes one second here may take a minute elsewhere."""
