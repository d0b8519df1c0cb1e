"The manual's `python main.py --…`: the same as the console command `pifi`."
import sys

from pifi.cli import main

if __name__ == '__main__': sys.exit(main())
