"""What we ask: definitions, frozen versions, forms."""
