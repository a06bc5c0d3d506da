"""One file for each kind of trouble, found by its name. See docs/operate/alerts.md."""
