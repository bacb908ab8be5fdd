"""Pure rules: standard library only; no waiting, no clock, no input or output."""
