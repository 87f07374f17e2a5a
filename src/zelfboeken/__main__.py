"""`python -m zelfboeken` is the console script."""

import sys

from zelfboeken.config.commands import main

sys.exit(main())
