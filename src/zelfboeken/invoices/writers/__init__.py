"""Files we make: frozen values to bytes."""
