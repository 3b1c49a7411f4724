"""The command ``plica``."""

import os
import subprocess
import sys

from ._program import command


def main() -> None:
    call = command(sys.argv[1:])
    if sys.platform == "win32":
        sys.exit(subprocess.run(call).returncode)
    os.execvp(call[0], call)


if __name__ == "__main__":
    main()
