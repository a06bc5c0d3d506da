"""What the owner says of the business: its name and looks, legal texts, tax, words of mails."""
