"""Reads raw mail, in a child process that can be killed; imports nothing of ours but `bot.domain`."""
