"""What Faultdesk decides."""
