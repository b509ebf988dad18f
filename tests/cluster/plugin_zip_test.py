#!/usr/bin/env python3
"""Builds the plugin's archive by scripts/plugin.sh, for the tests that install it, and looks at what is in it."""
import shutil
import subprocess
import sys
import zipfile

import scripts_folder
from plugin_node import PLUGIN_ZIP, require_library
from program import skip


def main():
    require_library()
    if shutil.which("mvn") is None:
        skip("cluster", "no test with the plugin ran: mvn is not there (scripts/setup.sh --cluster installs it)")
    subprocess.run([scripts_folder.ROOT / "scripts" / "plugin.sh"], check=True)
    with zipfile.ZipFile(PLUGIN_ZIP) as packed:
        names = packed.namelist()
    for wanted in ("plugin-descriptor.properties", "libtripline.so", "tripline-engine", "tripline-opensearch"):
        if not any(name.startswith(wanted) for name in names):
            sys.exit(f"FAILED: {PLUGIN_ZIP} lacks {wanted}; it holds {names}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
