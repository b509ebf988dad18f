"""What the tests of the plugin share: its archive, and the requests that they all send."""
import sys

import scripts_folder
import releases
from one_node_test import require_node_parts
from program import skip

PLUGIN_ZIP = scripts_folder.ROOT / "build" / f"tripline-opensearch-{releases.DEFAULT_VERSION}.zip"
LIBRARY = scripts_folder.ROOT / "build" / "release" / "plugin-shim" / "native" / "libtripline.so"
SEED_RULE = (scripts_folder.ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable"
             / "rule.toml")
PREFIX = "/_plugins/_tripline"


def require_library():
    """Ends the test as skipped where a node or the shared library cannot be had on this machine."""
    require_node_parts()
    if not LIBRARY.exists():
        skip("cluster", f"no test with the plugin ran: {LIBRARY} is not built (it needs a JDK's jni.h and static libraries)")


def require_plugin():
    """The plugin's archive; ends the test as skipped where it or a node cannot be had on this machine."""
    require_library()
    if not PLUGIN_ZIP.exists():
        sys.exit(f"FAILED: {PLUGIN_ZIP} is not there; the test plugin_zip (scripts/plugin.sh) makes it")
    return PLUGIN_ZIP


def put(client, name, body):
    """The answer of an upload that has to succeed; body: bytes."""
    return client.expect("PUT", f"{PREFIX}/rulesets/{name}", body, timeout_s=300)


def match_counts(client, ruleset, index, **more):
    """Counts per rule of _match."""
    body = {"ruleset": ruleset, "index": index, **more}
    return client.expect("POST", f"{PREFIX}/_match", body, timeout_s=300)["counts"]


class Verdict:
    """Collects failures, so that one run tells them all."""

    def __init__(self):
        self.failures = 0

    def check(self, name, wanted, found):
        if wanted == found:
            print(f"{name}: {str(found)[:200]}", flush=True)
        else:
            self.fail(f"{name}: wanted {wanted}, found {found}")

    def fail(self, text):
        self.failures += 1
        print(f"FAILED {text}", flush=True)

    def exit_code(self):
        return 1 if self.failures else 0
