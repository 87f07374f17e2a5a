"""Bank files in, frozen values out: what the bank wrote, with every contradiction named."""
