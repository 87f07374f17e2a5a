"""Importing this loads the check digits of every country now, for a process that may open no file afterwards."""

import pkgutil

import stdnum

for _country in pkgutil.iter_modules(stdnum.__path__):
    if _country.ispkg and len(_country.name.rstrip("_")) == 2:
        for _number in ("vat", "iban"):
            __import__(f"stdnum.{_country.name}", fromlist=[_number])
