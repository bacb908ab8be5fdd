"""What Faultdesk says, a folder a language."""
