"""Put on the path of a process that is to find no torch, as on a Mac; mlx-lm then starts in a third of the time."""

import sys

sys.modules["torch"] = None  # type: ignore[assignment]
