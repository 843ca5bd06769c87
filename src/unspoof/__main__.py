"""`python -m unspoof`."""

from unspoof.cli import main

if __name__ == "__main__":
    main()
