"""`python -m mediacatalog` is the `mediacatalog` command."""

from mediacatalog.cli import main

main()
