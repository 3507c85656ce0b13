"""Verifies a call by the library of the Standard Webhooks scheme: reads {key, headers, body} as JSON, prints yes or no."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

call = json.load(sys.stdin)
try:
    Webhook(call["key"]).verify(call["body"], call["headers"])
    print("yes")
except WebhookVerificationError:
    print("no")
