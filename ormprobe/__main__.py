"""`python -m ormprobe`, and what the installed command calls."""

from ormprobe.cli import main

if __name__ == "__main__":
    main()
