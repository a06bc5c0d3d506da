"""The back office at /admin/: every table, looked at by staff; little of it is changed there."""
