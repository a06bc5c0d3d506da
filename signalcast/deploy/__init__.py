"""From a clone to production: what a host is, and every file that makes it one of ours."""
