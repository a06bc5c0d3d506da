"""What the pages tell people to type, collected, checked and run. See CONTRIBUTING.md."""
