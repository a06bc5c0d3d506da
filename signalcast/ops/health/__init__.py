"""Whether the installation is well, for monitors and load balancers."""
