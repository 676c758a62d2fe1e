"""How often customers are talked to: by their segment, with exceptions, and who is next."""
