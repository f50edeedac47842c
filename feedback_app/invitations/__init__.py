"""How we ask: waves, invitations, tokens."""
