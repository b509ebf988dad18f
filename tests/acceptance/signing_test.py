#!/usr/bin/env python3
"""keygen, sign and inspect: keys are made once and kept from others, a signature says by whom, changes nothing else of the
file, and is seen not to fit a file that was changed since."""
import hashlib
import json
import pathlib
import subprocess
import sys

from program import ROOT, scratch, tripline

RULE = (ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable" / "rule.toml")


def quiet(*words, **options):
    return tripline(*words, stderr=subprocess.DEVNULL, **options)


def inspected(file, *more):
    return json.loads(quiet("inspect", file, "--format", "json", *more))


def check(name, wanted, found):
    if wanted != found:
        sys.exit(f"FAILED {name}: wanted {wanted}, found {found}")


def with_another_checksum(file):
    """The file with a bit of its signature turned: whole, but signed by nobody."""
    return file[:-40] + bytes([file[-40] ^ 1]) + file[-39:-32]


def main():
    with scratch() as name:
        folder = pathlib.Path(name)
        mine, other, file = folder / "mine.key", folder / "other.key", folder / "rules.trl"
        public = quiet("keygen", "-o", mine).strip()
        quiet("keygen", "-o", other)
        check("the public key", public, pathlib.Path(f"{mine}.pub").read_text().strip())
        check("nobody else reads the secret key", 0o600, mine.stat().st_mode & 0o777)
        secret = mine.read_text()
        quiet("keygen", "-o", mine, expects=2)
        check("a key is not made twice", secret, mine.read_text())

        quiet("compile", RULE, "-o", file, "--no-native")
        unsigned = file.read_bytes()
        before = inspected(file)
        check("unsigned", None, before["signature"])
        quiet("sign", file, "--key", mine)
        after = inspected(file, "--trusted-key", f"{other}.pub", "--trusted-key", f"{mine}.pub")
        check("signed", {"key": public, "fits": True, "trusted": True}, after["signature"])
        check("the same rules", {**before, "signature": None}, {**after, "signature": None})
        check("not trusted by others", False, inspected(file, "--trusted-key", f"{other}.pub")["signature"]["trusted"])
        check("in words", True, f"of {public} (not trusted)" in quiet("inspect", file))

        body = with_another_checksum(file.read_bytes())
        file.write_bytes(body + hashlib.sha256(body).digest())
        check("changed since", {"key": public, "fits": False, "trusted": False}, inspected(file, "--trusted-key", f"{mine}.pub")["signature"])
        quiet("sign", file, "--key", other)
        check("signed again, by another", True, inspected(file, "--trusted-key", f"{other}.pub")["signature"]["trusted"])

        file.write_bytes(unsigned)
        quiet("sign", file, "--key", f"{mine}.pub.gone", expects=2)
        quiet("sign", file, "--key", RULE, expects=2)
        check("what cannot be signed stays", unsigned, file.read_bytes())
        quiet("sign", RULE, "--key", mine, expects=2)
    print("signatures are made, seen, and seen through")


if __name__ == "__main__":
    main()
