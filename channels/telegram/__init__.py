"""Telegram as a chat: groups and private chats, by long polling through an update loop of our own."""
