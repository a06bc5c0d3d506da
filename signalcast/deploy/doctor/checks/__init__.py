"""One file for each subject, found by its name. See docs/operate/doctor.md for how to add one."""
