"""What other programs may ask: tokens, `/api/v1`, and web addresses that are told what happened."""
