"""The application server: a keeper of the socket, generations of a release, and their workers."""
