"""What was paid, and to whom it goes: gateways, provider events, and the ledger."""
