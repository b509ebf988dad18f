"""Puts scripts/cluster and what the acceptance scripts share in reach of the tests here: import it first."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts" / "cluster"), str(ROOT / "tests" / "acceptance")]
