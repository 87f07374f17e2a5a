"""How large a file may be that is taken in; known before there is a database."""

MAX_BYTES = 50 * 1024 * 1024
TOO_LARGE = "Dit bestand is groter dan 50 MB. Lever het in delen aan."
