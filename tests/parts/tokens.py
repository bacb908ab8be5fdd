"""An authorization server for tests: it gives access tokens (RFC 6749), and tells mail servers which are good (RFC 7662)."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

SECRET = "Abc8Q~very-secret"


class Tokens:
    """The server. `good` holds token → user; with `status` an introspection gets that instead, after `delay` seconds.

    `grants` is where tokens are asked for: each is good for `user`. `asked` has the forms that came; with `refusal`
    (status, body) that is the answer. A refresh token in `revoked` is refused as Google does.
    """

    def __init__(self, user: str = "") -> None:
        self.good: dict[str, str] = {}
        self.status = 200
        self.delay = 0.0
        self.user, self.life = user, 3600
        self.asked: list[dict[str, str]] = []
        self.revoked: set[str] = set()
        self.refusal: tuple[int, bytes] | None = None
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                fields = {name: values[0] for name, values in form.items()}
                time.sleep(tokens.delay)
                status, body = tokens.grant(fields) if self.path == "/token" else tokens.introspect(fields)
                with contextlib.suppress(ConnectionError):  # who asked may have given up
                    self._answer(status, body)

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/token")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/introspect"
        self.grants = f"http://127.0.0.1:{self._server.server_port}/token"

    def introspect(self, form: dict[str, str]) -> tuple[int, bytes]:
        user = self.good.get(form.get("token", ""))
        return self.status, json.dumps({"active": True, "username": user} if user else {"active": False}).encode()

    def grant(self, form: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(form)
        if self.refusal:
            return self.refusal
        if "assertion" not in form and form.get("client_secret") != SECRET:
            return 401, json.dumps({"error": "invalid_client", "error_description": f"AADSTS7000215: {form}"}).encode()
        if form.get("refresh_token") in self.revoked:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return 400, json.dumps(said).encode()
        token = f"token-{len(self.asked)}"
        self.good[token] = self.user
        return 200, json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": self.life}).encode()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
