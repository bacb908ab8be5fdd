"""The sandbox that templates run in: what Jinja's forbids, and for a customer's own an end of everything (3 E 83).

A template runs in the daemon itself, on the thread that writes: nobody could stop it from outside. So what could turn,
write or grow without end is counted or looked at before it is done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment, modifies_known_mutable
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

T = TypeVar("T")

BITS = 10_000
"""How large a whole number may become."""
MADE = 10
"""How many blocks' worth of characters all expressions of a message may make together."""

PIECE = 100
"""Characters that each thing in a list, and in the lists in it, counts for: to print or compare it takes so long."""

_GROWING = frozenset(("+", "*", "**", "%"))
_METHODS = frozenset(("center", "expandtabs", "join", "ljust", "replace", "rjust", "translate", "zfill"))
"""What makes long texts out of short ones; for each there is a filter, which is looked at."""
_HOLDERS = (list, tuple, dict, set, frozenset)
_WIDE = re.compile(r"%[^%A-Za-z]*(?:\*|[0-9]{4})")


class Bounded(SandboxedEnvironment):
    """A sandbox with an end.

    `bounds` says how often all loops and calls of a message may turn, and how many characters a block may have;
    infinite for our own texts.
    """

    def __init__(self, *, bounds: tuple[float, float], **options: Any) -> None:
        super().__init__(**options)
        self.most_turns, self.most_characters = bounds
        self.turns, self.made = 0, 0.0
        if self.is_bounded:
            self.intercepted_binops = _GROWING
            self.globals.pop("lipsum", None)
            self.globals["namespace"] = _Unprinted
            self.take(self.filters)
            self.filters |= {"counted": self.counted, "bounded": self.bounded, "weighed": self.weighed}

    @property
    def is_bounded(self) -> bool:
        return self.most_turns < math.inf

    def take(self, filters: dict[str, Callable[..., Any]]) -> None:
        """Adds filters; in a bounded sandbox each looks at what it is asked for."""
        self.filters |= (
            {name: self._watched(name, one) for name, one in filters.items()} if self.is_bounded else filters
        )

    def begin(self) -> None:
        """Another message begins: nothing of it is spent yet."""
        self.turns, self.made = 0, 0.0

    def joined(self, pieces: Iterable[str]) -> str:
        """The pieces of a block. Raises SecurityError where they are too many."""
        if not self.is_bounded:
            return "".join(pieces)
        parts, size = [], 0
        for piece in pieces:
            size += len(piece)
            if size > self.most_characters:
                raise SecurityError(f"a template writes more than {self.most_characters} characters")
            parts.append(piece)
        return "".join(parts)

    def counted(self, things: Iterable[T]) -> Iterator[T]:
        """The same things, each counted as a turn."""
        for thing in things:
            self._turn()
            yield thing

    def bounded(self, text: T) -> T:
        """The same text, its characters counted."""
        if isinstance(text, str):
            self._make(len(text))
        return text

    def weighed(self, thing: T) -> T:
        """The same thing; where it is a list or the like, counted with all that it holds, as often as it holds it."""
        waiting: list[Any] = [thing] if isinstance(thing, _HOLDERS) else []
        while waiting:
            holder = waiting.pop()
            inner = [*holder, *holder.values()] if isinstance(holder, dict) else holder
            waiting += [one for one in inner if isinstance(one, _HOLDERS)]
            self._make(sum(len(one) if isinstance(one, str) else 0 for one in inner) + PIECE * len(inner))
        return thing

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Calls a macro or a function of the template language: a turn, too."""
        self._turn()
        return self.weighed(self.bounded(super().call(context, obj, *args, **kwargs)))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Does a sum only if what comes out of it has a bearable size."""
        if operator == "%" and isinstance(left, str):
            self._look_at_format(left)
        elif isinstance(left, int) and isinstance(right, int):
            larger = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
            if larger > BITS:
                raise SecurityError(f"a number of more than {BITS} bits")
        elif operator in {"+", "*"}:
            self._make(_times(left, right) if operator == "*" else _size(left) + _size(right))
        return self.weighed(self.bounded(super().call_binop(context, operator, left, right)))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use that attribute."""
        if self.is_bounded and ((isinstance(obj, str) and attr in _METHODS) or modifies_known_mutable(obj, attr)):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """What stands for a text's `format`, which Jinja gives out unasked."""
        found = super().wrap_str_format(value)
        if found and self.is_bounded:
            raise SecurityError("format() of a text: use the filter")
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.is_bounded:
            _Counting().visit(tree)
        else:
            tree.body = [one for one in tree.body if not self._is_for_another(one)]
        return tree

    def _is_for_another(self, part: nodes.Node) -> bool:
        """Whether it is a block of ours that is never said here: compiling is what a first message costs."""
        return isinstance(part, nodes.Block) and (part.name == "html") is not self.autoescape

    def _watched(self, name: str, how: Callable[..., Any]) -> Callable[..., Any]:
        own = 2 if hasattr(how, "jinja_pass_arg") else 1  # the context or the like, and the value

        @wraps(how)
        def watched(*args: Any, **kwargs: Any) -> Any:
            asked = (*args[own:], *kwargs.values())
            self._look_through(args[own - 1], [one for one in asked if isinstance(one, _HOLDERS)])
            if any(isinstance(one, int) and abs(one) > self.most_turns for one in asked):
                raise SecurityError(f"{name}: a number over {self.most_turns}")
            if name == "format":
                self._look_at_format(str(args[0]))
            elif name == "replace" and len(args) >= own + 2:
                self._make((str(args[own - 1]).count(str(args[own])) or 1) * len(str(args[own + 1])))
            elif name == "join":
                args = (*args[: own - 1], things := list(args[own - 1]), *args[own:])
                self._make(sum(_size(one) + 1 for one in things))
            return self.weighed(self.bounded(how(*args, **kwargs)))

        return watched

    def _look_through(self, things: Any, beside: Sequence[Any]) -> None:
        """Counts what a filter goes through, once, and for each of its things what it is compared with."""
        if isinstance(things, _HOLDERS):
            self.weighed(things)
        elif isinstance(things, range):
            self._make(PIECE * len(things))
        for one in beside:
            before = self.made
            self.weighed(one)
            self._make((self.made - before) * _size(things))

    @staticmethod
    def _look_at_format(text: str) -> None:
        if _WIDE.search(text):
            raise SecurityError("a format of a thousand characters and more")

    def _turn(self) -> None:
        self.turns += 1
        if self.turns > self.most_turns:
            raise SecurityError(f"the loops of the templates turn more than {self.most_turns} times")

    def _make(self, size: float) -> None:
        self.made += size
        if self.made > MADE * self.most_characters:
            raise SecurityError(f"the templates make more than {MADE * self.most_characters} characters")


class _Unprinted(Namespace):
    """A namespace that does not print what it holds, which may be itself."""

    def __repr__(self) -> str:
        return "namespace"


class _Counting(NodeTransformer):
    """Has counted: the turns of loops, the characters of what is put together by `~`, what lists and the like hold."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        return _filtered(node, "bounded")

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.AssignBlock:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        node.filter = nodes.Filter(node.filter, "bounded", [], [], None, None, lineno=node.lineno)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Filter:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        return _filtered(node, "weighed")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Filter:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        return _filtered(node, "weighed")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        return _filtered(node, "weighed") if node.ctx == "load" else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        node.expr = _filtered(node.expr, "weighed")
        for one in node.ops:
            one.expr = _filtered(one.expr, "weighed")
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Test:  # noqa: N802  -- the visitor's name
        self.generic_visit(node)
        if node.name not in {"defined", "undefined"}:
            node.node = _filtered(node.node, "weighed")
        return node


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | range | list | tuple | dict | set | frozenset) else 0


def _times(left: Any, right: Any) -> int:
    """How long a text or list becomes that is repeated."""
    number, thing = (left, right) if isinstance(left, int) else (right, left)
    return number * _size(thing) if isinstance(number, int) else 0
