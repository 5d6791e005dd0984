"""`python -m xdc_lab.cli` is `xdc-lab`."""

from xdc_lab.cli import main

if __name__ == "__main__":
    main()
