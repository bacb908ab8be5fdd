"""A stand-in for Telegram's Bot API over HTTP, in the test's own event loop, faithful to its documented behaviour.

- An update stays until a later offset confirms it; a second getUpdates ends the first with 409.
- The limits (4096 UTF-16 units, 64 bytes behind a button) and the errors a bot must live with, in Telegram's words: 401,
  403, 400 of all sorts, 409, 429 with retry_after, a group that became a supergroup.
- A private chat is writable only after its person has written to the bot.
- Faults on demand: any status, 429, a connection cut before or after the effect, a late answer, garbage.

Left out: what the project does not use. An unknown method is 404, an unknown parse_mode is 501.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from tests.parts.patience import PATIENCE

TOKEN = "424242:AAcanary-token-that-nobody-may-ever-see"
Message = dict[str, Any]
DEFAULT_UPDATES = {"message", "edited_message", "callback_query", "my_chat_member"}
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
           413: "Request Entity Too Large", 429: "Too Many Requests", 500: "Internal Server Error",
           501: "Not Implemented", 502: "Bad Gateway"}  # fmt: skip


class ApiError(Exception):
    def __init__(self, code: int, text: str, **parameters: Any) -> None:
        super().__init__(text)
        self.code, self.text, self.parameters = code, text, parameters


def bad(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Fault:
    """How the next `times` calls of a method (in one chat, if named) go wrong; -1: until forgotten."""

    method: str
    times: int = 1
    status: int = 0
    retry_after: int = 0
    text: str = ""
    cut: str = ""
    """"before": no effect; "after": the effect is there, the answer is lost."""
    delay: float = 0.0
    """The effect is there at once, the answer comes so much later."""
    until: asyncio.Event | None = None
    """The effect is there at once, the answer comes once this is set."""
    garbage: bool = False
    chat: int | None = None


@dataclass
class Call:
    """One call that the bot made."""

    method: str
    args: dict[str, Any]
    at: float = field(default_factory=time.monotonic)
    refused: str = ""


class FakeTelegram:
    """The service. Use it as a context; `base_url` is what the settings want."""

    def __init__(self, *, token: str = TOKEN, username: str = "faultdesk_bot", port: int = 0) -> None:
        self.token, self.port = token, port
        who = {"first_name": "Faultdesk", "username": username}
        self.bot: dict[str, Any] = {"id": int(token.partition(":")[0]), "is_bot": True, **who}
        self.valid = True
        self.clock: Callable[[], float] = time.time  # what it stamps messages with
        self.limits: dict[str, float] = {}  # group_per_minute, chat_per_second, per_second
        self.chats: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.topics: dict[tuple[int, int], list[str]] = {}  # chat and its topic → name, open or closed
        self.manages_topics = True  # whether the bot has that right
        self.files: list[tuple[int, str, bytes]] = []
        self.uploads: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self.started: set[int] = set()
        self.left: dict[int, str] = {}
        self.migrated: dict[int, int] = {}
        self.statuses: dict[tuple[int, int], str] = {}  # chat, user; else she was never there
        self.more: dict[int, dict[str, Any]] = {}  # what only getChat tells of a chat
        self.updates: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.sent_at: list[tuple[float, int]] = []
        self.answered: list[str] = []
        self.popups: list[tuple[int, str]] = []  # what whoever pressed was shown beside no message
        self.menus: dict[tuple[str, str], dict[str, str]] = {}  # scope (a chat's id) and language → command → text
        self._queries: dict[str, float] = {}
        self._pressed_by: dict[str, int] = {}
        self._allowed = set(DEFAULT_UPDATES)
        self._update_ids, self._message_ids, self._query_ids = (itertools.count(one) for one in (900001, 1, 7001))
        self._poll: asyncio.Future[str] | None = None
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.StreamWriter] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    __aenter__ = start

    @property
    def listens(self) -> bool:
        return self._server is not None and self._server.is_serving()

    async def stop(self) -> None:
        """Nobody listens any more, and every line is cut; what people said stays, for the next `start`."""
        if self._server:
            self._server.close()
        if self._poll and not self._poll.done():
            self._poll.cancel()
        for _ in range(5):  # a line that is being opened at this moment comes a little later
            for writer in list(self._talks):
                writer.transport.abort()
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---- what people do ----

    def user(self, number: int, name: str, *, started: bool = True, **more: Any) -> int:
        self.users[number] = {"id": number, "is_bot": False, "first_name": name, **more}
        self.chats[number] = {"id": number, "type": "private", "first_name": name}
        self.messages.setdefault(number, {})
        if started:
            self.started.add(number)
        return number

    def group(self, number: int, title: str = "Support", **more: Any) -> int:
        kind = "supergroup" if str(number).startswith("-100") else "group"
        self.chats[number] = {"id": number, "type": kind, "title": title, **more}
        self.messages.setdefault(number, {})
        return number

    def say(self, chat: int, user: int, text: str = "", *, reply_to: int = 0, **more: Any) -> Message:
        """A person writes; `more` are further fields of the message (document, forward_origin, sender_chat, …)."""
        body = {"text": text, **more} if text else more
        if chat == user:
            self.started.add(user)
        message = self._message(chat, self.users[user], body, reply_to)
        self.push("message", message)
        return message

    def edit(self, chat: int, number: int, text: str) -> None:
        self.messages[chat][number] |= {"text": text, "edit_date": self._seconds()}
        self.push("edited_message", self.messages[chat][number])

    def press(self, chat: int, number: int, label: str, user: int) -> str:
        """A person presses a button by its label (or forged data); gives the query's id."""
        message = self.messages[chat][number]
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        data = next((one["callback_data"] for row in rows for one in row if one["text"] == label), label)
        query = str(next(self._query_ids))
        self._queries[query], self._pressed_by[query] = time.monotonic() + 15, user
        self.push("callback_query", {"id": query, "from": self.users[user], "message": message, "chat_instance": "9",
                                     "data": data})  # fmt: skip
        return query

    def joins(self, chat: int, user: int, status: str = "member") -> None:
        """She is in the group (restricted: as a member); nobody is told."""
        self.statuses[chat, user] = status

    def leaves(self, chat: int, user: int, status: str = "left") -> None:
        who = self.users[user]
        self.statuses[chat, user] = status
        self.push("chat_member", {"chat": self.chats[chat], "from": who, "date": self._seconds(),
                                  "old_chat_member": {"status": "member", "user": who},
                                  "new_chat_member": {"status": status, "user": who}})  # fmt: skip

    def change_us(self, chat: int, status: str, *, old: str = "administrator", **more: Any) -> None:
        """What the bot is in a group changes: kicked, left, restricted, member, administrator."""
        if status in {"kicked", "left"}:
            self.left[chat] = status
        by = next(iter(self.users.values()))
        self.push("my_chat_member", {"chat": self.chats[chat], "from": by, "date": self._seconds(),
                                     "old_chat_member": {"status": old, "user": self.bot},
                                     "new_chat_member": {"status": status, "user": self.bot, **more}})  # fmt: skip

    def migrate(self, chat: int, new: int, *, told: bool = True) -> None:
        """A group becomes a supergroup: the old id is answered with the new one from now on."""
        self.group(new, self.chats[chat]["title"])
        self.migrated[chat] = new
        self.statuses |= {(new, user): status for (old, user), status in self.statuses.items() if old == chat}
        if told:
            who = next(iter(self.users.values()))
            self.push("message", self._message(chat, who, {"migrate_to_chat_id": new}))
            self.push("message", self._message(new, who, {"migrate_from_chat_id": chat}))

    def push(self, kind: str, thing: Any) -> None:
        if kind in self._allowed:
            update = {"update_id": next(self._update_ids), kind: json.loads(json.dumps(thing))}
            self.updates.append(update)
            self.log.append(update)
        self._ring()

    def replay(self) -> None:
        """All updates that there ever were come again."""
        self.updates = [*self.log, *(one for one in self.updates if one not in self.log)]
        self._ring()

    def fault(self, method: str, **how: Any) -> None:
        self.faults.append(Fault(method.lower(), **how))

    # ---- what is on the screens ----

    def sent(self, chat: int | None = None) -> list[Message]:
        """What the bot has said, as it looks now."""
        chats = self.messages if chat is None else {chat: self.messages[chat]}
        return [one for there in chats.values() for one in there.values() if one["from"]["id"] == self.bot["id"]]

    def called(self, method: str) -> list[Call]:
        return [one for one in self.calls if one.method == method.lower()]

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Waits until something holds; gives it."""
        end = time.monotonic() + PATIENCE
        while not (found := holds()):
            if time.monotonic() > end:
                shown = [(one["chat"]["id"], one.get("text")) for one in self.sent()]
                raise AssertionError(f"not in {PATIENCE} s; on the screens: {shown}; calls: {self.calls[-5:]}")
            await asyncio.sleep(0.005)
        return found

    async def shows(self, chat: int, *words: str) -> Message:
        """The bot's message there that holds all these words, as soon as there is one."""
        found: Message = await self.until(
            lambda: next((m for m in self.sent(chat) if all(one in m.get("text", "") for one in words)), None)
        )
        return found

    # ---- inside ----

    def _seconds(self) -> int:
        return int(self.clock())

    def _ring(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _message(self, chat: int, sender: dict[str, Any], body: dict[str, Any], reply_to: int = 0) -> Message:
        number = next(self._message_ids)
        message = {"message_id": number, "from": sender, "chat": self.chats[chat], "date": self._seconds(), **body}
        if parent := self.messages[chat].get(reply_to):
            message["reply_to_message"] = {name: one for name, one in parent.items() if name != "reply_to_message"}
        self.messages[chat][number] = message
        self._ring()
        return message

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                args, uploads = _arguments(headers.get("content-type", ""), body)
                await self._answer(line.split(" ")[1], args, uploads, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(writer)
            writer.close()

    async def _answer(
        self, path: str, args: dict[str, Any], uploads: list[tuple[str, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        if download := re.fullmatch(r"/file/bot([^/]+)/files/(\w+)", unquote(path)):
            await self._hand_out(download[1], download[2], writer)
            return
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", unquote(path))
        token, method = (found[1], found[2].lower()) if found else ("", "")
        call = Call(method, args)
        self.calls.append(call)
        fault = self._fault(method, args)
        if fault.cut == "before":
            writer.transport.abort()
            return
        if fault.garbage:
            await _write(writer, 502, b"<html><h1>502 Bad Gateway</h1></html>")
            return
        status, answer = 200, dict[str, Any]()
        try:
            if fault.retry_after:
                raise ApiError(
                    429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after
                )
            if fault.status:
                raise ApiError(fault.status, fault.text or REASONS[fault.status])
            if token != self.token or not self.valid:
                raise ApiError(401, "Unauthorized")
            answer = {"ok": True, "result": await self._do(method, args, uploads)}
        except ApiError as error:
            status, call.refused = error.code, error.text
            answer = {"ok": False, "error_code": error.code, "description": error.text}
            answer |= {"parameters": error.parameters} if error.parameters else {}
        await asyncio.sleep(fault.delay)
        if fault.until:
            await fault.until.wait()
        if fault.cut == "after":
            writer.transport.abort()
            return
        await _write(writer, status, json.dumps(answer).encode())

    async def _hand_out(self, token: str, number: str, writer: asyncio.StreamWriter) -> None:
        """The bytes of a file that a person has sent, as `file_path` names it."""
        self.calls.append(Call("download", {"file": number}))
        fault, data = self._fault("download", {}), self.uploads.get(number)
        if token != self.token or data is None or fault.status:
            await _write(writer, fault.status or 404, b'{"ok":false,"error_code":404,"description":"Not Found"}')
        elif fault.cut:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data[: len(data) // 2])
            await writer.drain()
            writer.transport.abort()
        else:
            await _write(writer, 200, data)

    def _fault(self, method: str, args: dict[str, Any]) -> Fault:
        for one in self.faults:
            meant = one.method == method or (one.method == "*" and method not in {"getupdates", "getme"})
            if one.times and meant and one.chat in {None, args.get("chat_id")}:
                one.times -= 1
                return one
        return Fault("")

    async def does(self, method: str, args: dict[str, Any]) -> Any:
        """A call without the line between. Raises ApiError."""
        self.calls.append(Call(method, args))
        return await self._do(method, args, [])

    async def _do(self, method: str, args: dict[str, Any], uploads: list[tuple[str, bytes]]) -> Any:
        if method == "getupdates":
            return await self._get_updates(args)
        methods: dict[str, Callable[[], Any]] = {
            "getme": lambda: {**self.bot, "can_join_groups": True, "can_read_all_group_messages": True},
            "getwebhookinfo": lambda: {
                "url": "",
                "has_custom_certificate": False,
                "pending_update_count": len(self.updates),
            },
            "sendmessage": lambda: self._send(args, self._text(args, "text", 4096)),
            "senddocument": lambda: self._send_file(args, uploads, "document", 50),
            "sendphoto": lambda: self._send_file(args, uploads, "photo", 10),
            "createforumtopic": lambda: self._create_topic(args),
            "closeforumtopic": lambda: self._turn_topic(args, is_open=False),
            "reopenforumtopic": lambda: self._turn_topic(args, is_open=True),
            "getfile": lambda: self._get_file(str(args["file_id"])),
            "editmessagetext": lambda: self._edit(args),
            "answercallbackquery": lambda: self._answer_query(
                str(args["callback_query_id"]), str(args.get("text", ""))
            ),
            "setmycommands": lambda: self._hang(args),
            "deletemycommands": lambda: self._unhang(args),
            "getchat": lambda: self.chats[self._chat(args)] | self.more.get(self._chat(args), {}),
            "getchatmember": lambda: self._member(self._chat(args), int(args["user_id"])),
            "leavechat": lambda: self.left.setdefault(self._chat(args), "left") == "left",
        }
        if method not in methods:
            raise ApiError(404, "Not Found: method not found")
        return methods[method]()

    def _hang(self, args: dict[str, Any]) -> bool:
        commands = {one["command"]: one["description"] for one in args["commands"]}
        if len(commands) > 100 or any(not re.fullmatch(r"[a-z0-9_]{1,32}", one) for one in commands):
            raise bad("BOT_COMMAND_INVALID")
        if any(not 1 <= len(one) <= 256 for one in commands.values()):
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[self._scope(args), args.get("language_code", "")] = commands
        return True

    def _may_topics(self, chat: int, what: str) -> None:
        if not self.chats[chat].get("is_forum"):
            raise bad("the chat is not a forum")
        if not self.manages_topics:
            raise bad(f"not enough rights to {what} a topic")

    def _create_topic(self, args: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(args)
        self._may_topics(chat, "create")
        if not 1 <= units(str(args["name"])) <= 128:
            raise bad("TOPIC_TITLE_EMPTY" if not args["name"] else "topic title is too long")
        self._limit(chat)
        made = {"name": str(args["name"]), "icon_color": 7322096}
        number = self._message(chat, self.bot, {"forum_topic_created": made})["message_id"]
        self.topics[chat, number] = [str(args["name"]), "open"]
        return {"message_thread_id": number, **made}

    def _turn_topic(self, args: dict[str, Any], *, is_open: bool) -> bool:
        chat = self._chat(args)
        self._may_topics(chat, "reopen" if is_open else "close")
        topic, state = self._topic(chat, args), "open" if is_open else "closed"
        if topic[1] == state:
            raise bad("TOPIC_NOT_MODIFIED")
        self._limit(chat)
        topic[1] = state
        self._ring()
        return True

    def _topic(self, chat: int, args: dict[str, Any]) -> list[str]:
        found = self.topics.get((chat, int(args["message_thread_id"])))
        if found is None:
            raise bad("message thread not found")
        return found

    def _unhang(self, args: dict[str, Any]) -> bool:
        self.menus.pop((self._scope(args), args.get("language_code", "")), None)
        return True

    def _scope(self, args: dict[str, Any]) -> str:
        """The kind of scope; of a single chat its id."""
        scope = args.get("scope") or {"type": "default"}
        return str(self._chat(scope)) if scope["type"] == "chat" else str(scope["type"])

    def _member(self, chat: int, user: int) -> dict[str, Any]:
        if user == self.bot["id"]:
            return {"user": self.bot, "status": self.statuses.get((chat, user), "administrator")}
        if user not in self.users:
            raise bad("PARTICIPANT_ID_INVALID")
        status = self.statuses.get((chat, user), "left")
        return {"user": self.users[user], "status": status, **({"is_member": True} if status == "restricted" else {})}

    async def _get_updates(self, args: dict[str, Any]) -> Any:
        if args.get("allowed_updates") is not None:
            self._allowed = set(args["allowed_updates"])
        if (offset := int(args.get("offset") or 0)) > 0:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        if self._poll and not self._poll.done():
            self._poll.set_result("conflict")
        mine = self._poll = asyncio.get_running_loop().create_future()
        end = time.monotonic() + int(args.get("timeout") or 0)
        while not self.updates and (left := end - time.monotonic()) > 0:
            change = asyncio.ensure_future(self._changed.wait())
            await asyncio.wait({change, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            if mine.done():
                text = (
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )
                raise ApiError(409, text)
        self._poll = None if self._poll is mine else self._poll
        return self.updates[: int(args.get("limit") or 100)]

    def _chat(self, args: dict[str, Any]) -> int:
        chat = int(args["chat_id"])
        if chat in self.migrated:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, migrate_to_chat_id=self.migrated[chat])
        if chat not in self.chats:
            raise bad("chat not found")
        if chat in self.left:
            raise ApiError(403, f"Forbidden: bot was kicked from the {self.chats[chat]['type']} chat")
        if chat > 0 and chat not in self.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _limit(self, chat: int) -> None:
        now = time.monotonic()
        self.sent_at = [(at, where) for at, where in self.sent_at if now - at < 60]
        for key, span, here in (("group_per_minute", 60, True), ("chat_per_second", 1, True), ("per_second", 1, False)):
            if key in self.limits and (key != "group_per_minute" or chat < 0):
                hits = [at for at, where in self.sent_at if now - at < span and (not here or where == chat)]
                if len(hits) >= self.limits[key]:
                    wait = max(1, int(hits[0] + span - now) + 1)
                    raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        self.sent_at.append((now, chat))

    def _text(self, args: dict[str, Any], name: str, most: int) -> dict[str, Any]:
        if args.get("parse_mode"):
            raise ApiError(501, "the stand-in knows no parse_mode")
        text = str(args.get(name, ""))
        entities = args.get("entities") or []
        if not text.strip():
            raise bad("message text is empty")
        if units(text) > most:
            raise bad("message is too long")
        if any(one["offset"] + one["length"] > units(text) for one in entities):
            raise bad("can't parse entities: entity ends beyond the text")
        rows = (args.get("reply_markup") or {}).get("inline_keyboard", [])
        for one in itertools.chain.from_iterable(rows):
            if not 1 <= len(one["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        shown = {name: text.strip(), "silent": bool(args.get("disable_notification"))}
        shown |= {"entities": entities} if entities else {}
        return shown | ({"reply_markup": {"inline_keyboard": rows}} if rows else {})

    def _send(self, args: dict[str, Any], body: dict[str, Any]) -> Message:
        chat = self._chat(args)
        self._limit(chat)
        answered = args.get("reply_parameters") or {}
        if (
            answered
            and answered["message_id"] not in self.messages[chat]
            and not answered["allow_sending_without_reply"]
        ):
            raise bad("message to be replied not found")
        if args.get("message_thread_id"):
            self._topic(chat, args)
            body = {**body, "message_thread_id": int(args["message_thread_id"]), "is_topic_message": True}
        return self._message(chat, self.bot, body, int(answered.get("message_id", 0)))

    def _send_file(self, args: dict[str, Any], uploads: list[tuple[str, bytes]], kind: str, most: int) -> Message:
        chat = self._chat(args)
        [(name, data)] = uploads
        if len(data) > most * 2**20:
            raise ApiError(413, "Request Entity Too Large")
        if not data:
            raise bad("file must be non-empty")
        if units(str(args.get("caption", ""))) > 1024:
            raise bad("message caption is too long")
        if kind == "photo" and not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            raise bad("IMAGE_PROCESS_FAILED")
        self._limit(chat)
        self.files.append((chat, name, data))
        file = {"file_id": f"F{len(self.files)}", "file_unique_id": f"U{len(self.files)}", "file_size": len(data)}
        body: Any = [file | {"width": 90, "height": 90}] if kind == "photo" else file | {"file_name": name}
        words = {name: args[name] for name in ("caption", "caption_entities", "reply_markup") if args.get(name)}
        return self._message(chat, self.bot, {kind: body, "silent": bool(args.get("disable_notification")), **words})

    def holds(self, data: bytes, *, size: int | None = None, **more: Any) -> dict[str, Any]:
        """A file as it stands in a person's message; `size`: it is said to be so large, and refused beyond 20 MB."""
        number, large = f"P{len(self.uploads) + 1}", len(data) if size is None else size
        self.uploads[number], self.sizes[number] = data, large
        return {"file_id": number, "file_unique_id": f"U{number}", "file_size": large, **more}

    def _get_file(self, number: str) -> dict[str, Any]:
        if number not in self.uploads:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if self.sizes[number] > 20 * 2**20:
            raise bad("file is too big")
        known = {"file_id": number, "file_unique_id": f"U{number}", "file_size": self.sizes[number]}
        return {**known, "file_path": f"files/{number}"}

    def _edit(self, args: dict[str, Any]) -> Message:
        chat = self._chat(args)
        message = self.messages[chat].get(int(args["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self.bot["id"]:
            raise bad("message can't be edited")
        face = self._text(args, "text", 4096) | {"silent": message["silent"]}
        kept = {name: one for name, one in message.items() if name not in {"entities", "reply_markup", "edit_date"}}
        new = {**kept, **face}
        if new == {name: one for name, one in message.items() if name != "edit_date"}:
            raise bad("message is not modified: specified new message content and reply markup are exactly the same as a "
                      "current content and reply markup of the message")  # fmt: skip
        self.messages[chat][message["message_id"]] = {**new, "edit_date": self._seconds()}
        self._ring()
        return self.messages[chat][message["message_id"]]

    def _answer_query(self, query: str, text: str) -> bool:
        if self._queries.pop(query, 0) < time.monotonic():
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if units(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answered.append(query)
        if text:
            self.popups.append((self._pressed_by[query], text))
        self._ring()
        return True


def _arguments(kind: str, body: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The arguments of a call, and the files that came with it."""
    args: dict[str, Any] = {}
    files: list[tuple[str, bytes]] = []
    if kind.startswith("multipart/"):
        form = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        for part in form.iter_parts():
            data: Any = part.get_payload(decode=True)
            if filename := part.get_filename():
                files.append((filename, data))
            else:
                args[str(part.get_param("name", header="content-disposition"))] = data.decode()
    else:
        args = dict(parse_qsl(body.decode(), keep_blank_values=True))
    for name, value in args.items():
        if name not in {"text", "caption", "callback_query_id"}:
            with contextlib.suppress(ValueError):
                args[name] = json.loads(value)
    return args, files


async def _write(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
