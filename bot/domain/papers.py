"""The papers of a ticket, each a function of its books: service sheet, send-out sheet, requisition (SP-4.5, SP-5.5)."""

from __future__ import annotations

SERVICE, REPAIR, ISSUE = "service", "repair", "issue"
"""运行服务单; 设备送修单, in house 设备维修单; 备件领用单."""
_WORDS = {
    SERVICE: "服务单 运行服务单 服务",
    REPAIR: "送修 维修 送修单 设备送修单 维修单 设备维修单",
    ISSUE: "领用 领用单 备件领用单 requisition",
}
PAPERS = {word: paper for paper, others in _WORDS.items() for word in (paper, *others.split())}
"""Word → the paper that it names."""
