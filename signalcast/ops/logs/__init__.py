"""What the processes of this machine logged: one stream out of many files."""
