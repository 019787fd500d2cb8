"""`python -m service` is `knoop`."""

from service.cli import main

main()
