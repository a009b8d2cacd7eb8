"""Compares generated models with those that libraries ship: the same weights and inputs in, the same numbers out.

    python compare.py COLUMN PAIRS.json

PAIRS.json lists `{"name": a function of COLUMN_models.py, "file": the generated file, "model": the class or
function in it, "arguments": its keywords}`. `COLUMN_models.py` builds the references, gives them random weights,
copies those into the generated model, and says how far the outputs are apart. Prints one line of JSON for each pair.
"""

import importlib
import importlib.util
import json
import sys
import traceback
from functools import partial


def generated(pair):
    spec = importlib.util.spec_from_file_location(pair["name"], pair["file"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, pair["model"])(**pair["arguments"])


def main(column, path):
    models = importlib.import_module(f"{column}_models")
    with open(path) as file:
        pairs = json.load(file)
    failed = False
    for pair in pairs:
        try:
            found = models.compare(getattr(models, pair["name"]), partial(generated, pair))
            print(json.dumps({"name": pair["name"], **found}), flush=True)
        except Exception:  # The others are compared all the same.
            print(f"{pair['name']}:", file=sys.stderr)
            traceback.print_exc()
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
