"""`chargebridge schema`: JSON schemas, for editors and for those who build on the bridge."""

from __future__ import annotations

import argparse
import json
import sys

from bridge.config.schema import config_schema
from bridge.types.ocpp.schema import types_schema

_SCHEMAS = {"config": config_schema, "types": types_schema}


def main(options: argparse.Namespace) -> int:
    """Print the schema of the config or of the OCPP-style types."""
    json.dump(_SCHEMAS[options.what](), sys.stdout, indent=2)
    print()
    return 0
