"""A working day to watch: fake time, and otherwise the real daemon in a folder of its own."""
