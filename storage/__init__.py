"""What Faultdesk remembers: tables, the one Store, and queries by noun."""
