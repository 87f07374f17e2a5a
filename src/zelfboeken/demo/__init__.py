"""A year of a bakery that does not exist, made the same every time, with the true booking of every file."""
