"""What can be typed after `faultdesk`, a file a family of sub-commands."""
