"""The design's rules that no general tool knows, each a function from a tree to its findings."""
