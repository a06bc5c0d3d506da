"""What receipts ask for, decided and kept as signals and their revisions."""
