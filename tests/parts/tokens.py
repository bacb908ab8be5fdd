"""A token introspection (RFC 7662) for tests: what a mail server asks whether an access token is good."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs


class Tokens:
    """The server. `good` holds token → user; with `status` it answers that instead, after `delay` seconds."""

    def __init__(self) -> None:
        self.good: dict[str, str] = {}
        self.status = 200
        self.delay = 0.0
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                time.sleep(tokens.delay)
                user = tokens.good.get(form.get("token", [""])[0])
                body = json.dumps({"active": True, "username": user} if user else {"active": False}).encode()
                self.send_response(tokens.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/introspect"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
