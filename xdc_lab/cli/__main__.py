"""`python -m xdc_lab.cli` is `xdc-lab`."""

from xdc_lab.cli import main

main()
