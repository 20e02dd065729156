"""The grant type of devices that cannot show a login page (RFC 8628 §3.4)."""

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
