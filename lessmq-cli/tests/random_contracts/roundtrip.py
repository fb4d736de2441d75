"""Reads every value with the codec of its message, and writes it again."""

import importlib
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder / "contracts"))


def through(codec, message, text: str) -> str:
    try:
        return codec.stringify(message.to_json(message.from_json(codec.parse(text))))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


results = {}
for key, texts in json.loads((folder / "samples.json").read_text()).items():
    contract, method, role = key.split(" ")
    package = importlib.import_module(contract)
    message = getattr(package.MESSAGES[method], role)
    results[key] = [through(package.codec, message, text) for text in texts]
(folder / "results.json").write_text(json.dumps(results))
