"""One file for each check, found by its name. See docs/operate/health.md for how to add one."""
