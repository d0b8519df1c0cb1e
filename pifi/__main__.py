"`python -m pifi`: the same as the console command `pifi`."
import sys

from .cli import main

if __name__ == '__main__': sys.exit(main())
