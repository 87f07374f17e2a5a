"""Looking into stored files, in the cage only: bytes in, frozen values out."""
