"""How Faultdesk talks: one outside world a file, all behind one small protocol."""
