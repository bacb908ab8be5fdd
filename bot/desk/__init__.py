"""The use cases, one transaction each: what happens to a ticket, and who hears of it."""
