"""The terminal's own voice, in Chinese and English; what Faultdesk says to people is in the templates, not here."""

from __future__ import annotations

LOCAL_COMMANDS = {
    "/as": "help-as",
    "/身份": "help-as",
    "/private": "help-private",
    "/私聊": "help-private",
}
"""What the terminal does by itself -> the key of its help."""

_WORDS = {
    "en": {
        "help-as": "speak as somebody else; alone: who is there",
        "help-private": "say it in the private chat, not in the group",
        "group": "group",
        "private": "[private → {who}]",
        "changed": "changed",
        "file": "file: {path}",
        "people": "You speak as {who}. Here are:\n{everybody}",
        "unknown": "Nobody here is called {who}. Here are: {everybody}",
        "no-button": "There is no button {number} on the screen.",
        "old-button": "Button {number} is out of date: its message has changed. Use the newest buttons.",
        "foreign-button": "Button {number} is in the private chat of {who}: type /as {who} first.",
        "nothing-said": "Say what? For example: /private /help",
        "not-now": "That could not be stored just now. Please say it again in a moment.",
        "leaving": "Stopping …",
    },
    "zh": {
        "help-as": "换一个人说话；单独输入则列出所有人",
        "help-private": "在私聊里说，不在群里说",
        "group": "群",
        "private": "[私聊 → {who}]",
        "changed": "已更新",
        "file": "文件：{path}",
        "people": "您现在以 {who} 的身份说话。这里有：\n{everybody}",
        "unknown": "这里没有叫 {who} 的人。这里有：{everybody}",
        "no-button": "屏幕上没有 {number} 号按钮。",
        "old-button": "{number} 号按钮已失效：消息已更新，请用最新的按钮。",
        "foreign-button": "{number} 号按钮在 {who} 的私聊里：请先输入 /as {who}。",
        "nothing-said": "要说什么？例如：/私聊 /help",
        "not-now": "暂时无法保存，请稍后再说一次。",
        "leaving": "正在停止……",
    },
}


class Words:
    """Says a key in one language: `zh`, or else English."""

    def __init__(self, locale: str) -> None:
        self._words = _WORDS.get(locale, _WORDS["en"])

    def __call__(self, key: str, **facts: str) -> str:
        return self._words[key].format(**facts)
