"""The one question of rights: may this actor do this, here, on this ticket? (SP-10.1, reliability 4)."""

from __future__ import annotations

from bot.commands.base import DESK, Call, Command, RefusedError
from storage.tickets import Ticket


def authorize(call: Call, command: Command, ticket: Ticket | None) -> None:
    """Raises RefusedError unless a role of ours allows it. Everything that is not allowed here is refused.

    The administrator at the command line may all. Nobody's rights come from a chat's own roles or names.
    """
    if call.work.actor.kind == "admin" and call.person is None:
        return
    if call.person is None or not call.person.active or not call.person.roles:
        raise RefusedError("stranger")
    roles = frozenset(call.person.roles)
    if not roles & command.may:
        raise RefusedError("refused", command=command.name)
    somebody_elses = ticket is not None and ticket.assignee_id not in {None, call.person.id}
    if command.own and somebody_elses and not roles & DESK:
        raise RefusedError("not_yours", command=command.name)
