"""Services that Apprise speaks. The library runs in a process of its own, never in ours."""
