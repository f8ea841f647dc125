"""`python -m amparo.cli`."""

import sys

from amparo.cli.app import main

sys.exit(main())
