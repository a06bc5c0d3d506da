"""As many processes as the work needs, between a least and a most."""
