"""The device authorization grant (RFC 8628): `POST /device_authorization` for devices, `/device` for people.

device ─▶ device_code, user_code ─▶ shows the code          person ─▶ /device: types it ─▶ signs in ─▶ /approve
   └────── polls the token endpoint ◀──────────── the answer, kept in a row ◀──────────────────────────────┘
"""
