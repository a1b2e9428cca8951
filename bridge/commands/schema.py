"""`chargebridge schema`: JSON schemas, for editors and for those who build on the bridge."""

from __future__ import annotations

import argparse
import json
import sys

from bridge.config.schema import config_schema


def main(_: argparse.Namespace) -> int:
    """Print the schema of the config."""
    json.dump(config_schema(), sys.stdout, indent=2)
    print()
    return 0
