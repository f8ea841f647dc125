"""`python -m amparo.cli`."""

import sys

from amparo.cli import main

sys.exit(main())
