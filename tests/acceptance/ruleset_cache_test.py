#!/usr/bin/env python3
"""Machine code in ruleset files: made and signed on the way, used at once by whoever made it, passed over with a note (and
the same answers) where the signature is not trusted or the processor is another, and never signed on unseen."""
import json
import os
import pathlib
import subprocess
import sys

from program import ROOT, scratch, tripline

RULES = ROOT / "rules"
EVENTS = ROOT / "rules" / "command_and_control_suspicious_network_activity_from_unknown_executable" / "events.ndjson"
NOTE = "the machine code in it is passed over"


def check(name, wanted, found):
    if wanted != found:
        sys.exit(f"FAILED {name}: wanted {wanted}, found {found}")


def talk_of(*words, expects=0):
    """What a call says beside its output."""
    with scratch() as folder:
        path = pathlib.Path(folder) / "talk"
        with path.open("w", encoding="utf-8") as talk:
            answer = tripline(*words, expects=expects, stderr=talk)
        return answer, path.read_text(encoding="utf-8")


def inspected(file, *more):
    return json.loads(tripline("inspect", file, "--format", "json", *more, stderr=subprocess.DEVNULL))


def used(file, *more):
    return [target["is_used"] for target in inspected(file, *more)["targets"]]


def matched(file, *more):
    """The answers with this file, and whether its code was passed over."""
    answer, talk = talk_of("match", "--rules", file, "--events", EVENTS, "--count", *more)
    return answer, NOTE in talk


def own_key(folder):
    os.environ["XDG_CONFIG_HOME"] = str(folder)
    return folder / "tripline" / "signing.key"


def compiled_with_the_own_key(folder):
    key, file = own_key(folder / "home"), folder / "own.trl"
    _, talk = talk_of("compile", RULES, "-o", file)
    check("a key is made and said", (True, True), (key.exists(), str(key) in talk))
    check("nobody else reads it", 0o600, key.stat().st_mode & 0o777)
    secret = key.read_text()
    _, talk = talk_of("compile", RULES, "-o", folder / "again.trl")
    check("it is made once", (secret, False), (key.read_text(), str(key) in talk))
    check("equal rules have equal files", file.read_bytes(), (folder / "again.trl").read_bytes())
    check("trusted and used", ([True], True), (used(file), inspected(file)["signature"]["trusted"]))
    return file


def answers_the_same(folder, file):
    plain = folder / "plain.trl"
    tripline("compile", RULES, "-o", plain, "--no-native")
    check("a portable file is not signed", (None, []), (inspected(plain)["signature"], inspected(plain)["targets"]))
    check("the same content", inspected(plain)["content_hash"], inspected(file)["content_hash"])
    wanted, _ = matched(plain, "--code", "interpreter")
    check("something matches", True, any(not line.endswith("\t0") for line in wanted.splitlines()))
    for code in ("auto", "machine", "interpreter"):
        check(f"with its code, --code {code}", (wanted, False), matched(file, "--code", code))
    return wanted


def somebody_elses(folder, file, wanted):
    mine = os.environ["XDG_CONFIG_HOME"]
    own_key(folder / "elsewhere")
    check("who has no key trusts nobody", (wanted, True), matched(file))
    check("and sees it", [False], used(file))
    key = folder / "team.key"
    tripline("keygen", "-o", key, stderr=subprocess.DEVNULL)
    _, talk = talk_of("sign", file, "--key", key)
    check("code of strangers is not signed on", (True, []), ("left out" in talk, inspected(file)["targets"]))
    tripline("compile", RULES, "-o", file, "--key", key)
    check("no key of one's own is made for it", False, (folder / "elsewhere" / "tripline").exists())
    check("a team's key", (wanted, True), matched(file))
    check("trusted by name", (wanted, False), matched(file, "--trusted-key", f"{key}.pub"))
    os.environ["XDG_CONFIG_HOME"] = mine
    own, other = folder / "handed.trl", folder / "other.key"
    tripline("compile", RULES, "-o", own)
    tripline("keygen", "-o", other, stderr=subprocess.DEVNULL)
    tripline("sign", own, "--key", other)
    check("one's own code is signed on", [True], used(own, "--trusted-key", f"{other}.pub"))


def processors(folder, wanted):
    file = folder / "several.trl"
    tripline("compile", "-o", file, "--target-cpu", "x86-64,x86-64-v2", "--target-cpu", "native", RULES)
    check("for several processors", [True, True, True], used(file))
    check("one of them counts", (wanted, False), matched(file))
    names = [target["cpu"] for target in inspected(file)["targets"]]
    check("named", ["x86-64", "x86-64-v2"], names[:2])
    _, talk = talk_of("compile", RULES, "-o", file, "--target-cpu", "pdp-11", expects=2)
    check("for a processor that nobody knows", True, "pdp-11" in talk)
    features = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if "amx_tile" in features:
        print("this machine has AMX: no processor is too new for it, and that was not tried")
        return
    tripline("compile", RULES, "-o", file, "--target-cpu", "sapphirerapids")
    answer, talk = talk_of("match", "--rules", file, "--events", EVENTS, "--count")
    check("for a newer processor", (wanted, True, True), (answer, NOTE in talk, "this one lacks amx" in talk))
    check("seen by inspect", [False], used(file))


def without_a_place_for_a_key(folder, wanted):
    file = folder / "homeless.trl"
    (folder / "file").write_text("no folder")
    os.environ["XDG_CONFIG_HOME"] = str(folder / "file")
    _, talk = talk_of("compile", RULES, "-o", file)
    check("it is said", True, "the file has no machine code" in talk)
    check("and the file is useful", (None, (wanted, False)), (inspected(file)["signature"], matched(file)))
    key = own_key(folder / "open")
    tripline("compile", RULES, "-o", file)
    key.chmod(0o644)
    check("a key that others can read is nobody's", (wanted, True), matched(file))


def main():
    if os.uname().machine != "x86_64":
        print("machine code by the name of a processor is for x86-64")
        sys.exit(77)
    with scratch() as name:
        folder = pathlib.Path(name)
        file = compiled_with_the_own_key(folder)
        wanted = answers_the_same(folder, file)
        processors(folder, wanted)
        somebody_elses(folder, file, wanted)
        without_a_place_for_a_key(folder, wanted)
    print("machine code in files runs where it is trusted and fits, and nowhere else")


if __name__ == "__main__":
    main()
