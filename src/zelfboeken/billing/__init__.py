"""What a domain pays: bundles and their life, seats, surplus, prices and limits, monthly statements."""
