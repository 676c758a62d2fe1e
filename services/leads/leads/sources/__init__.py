"""Sources: sites, bots, mailboxes and accounts that inquiries come from, set up by the API without a release."""
