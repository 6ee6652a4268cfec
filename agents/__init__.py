"""One participant's senses and voice.

One rule: nothing about a conversation leaves this machine unasked. The published builds of onnxruntime (from 1.29 on)
send Microsoft what they load and run, unless this variable is set before they are; so it is set before any engine is.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
