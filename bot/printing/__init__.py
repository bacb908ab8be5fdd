"""Documents on paper: what stands on a page, which fonts can show it, and the child process that sets it."""
