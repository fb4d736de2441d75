"""Reads every value with the codec of its method, and writes it again."""

import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))

from zoo import MESSAGES, codec  # noqa: E402


def through(method: str, text: str) -> str:
    request = MESSAGES[method].request
    try:
        return codec.stringify(request.to_json(request.from_json(codec.parse(text))))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


samples = json.loads((folder / "samples.json").read_text())
results = {method: [through(method, text) for text in texts] for method, texts in samples.items()}
(folder / "results.json").write_text(json.dumps(results))
