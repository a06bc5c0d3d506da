"""From a bare machine to a running, hardened installation: what has to be so, and pyinfra."""
