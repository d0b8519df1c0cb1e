"The manual's `python main.py --…`: the same as the console command `pifi`."
import sys

from pifi.commands import main

if __name__ == '__main__': sys.exit(main())
