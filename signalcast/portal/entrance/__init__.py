"""Coming in: sign-in, sign-up, what is sent by mail for them, and the account's own pages."""
