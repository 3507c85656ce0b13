"""An SMTP server on loopback that writes each mail, as it reads it, into a folder: mailbox.py PORT FOLDER."""

import asyncio
import email
import email.policy
import json
import os
import sys
import uuid

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 there is nobody here"
        if address.startswith("later@"):
            return "450 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        read = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": sorted(name.lower() for name in mail.keys()),
            "to": str(mail["to"]),
            "subject": str(mail["subject"]),
            "message_id": str(mail["message-id"]),
            "text": plain and plain.get_content(),
            "html": html and html.get_content(),
        }
        name = os.path.join(self.folder, uuid.uuid4().hex)
        with open(name + ".draft", "w") as draft:
            json.dump(read, draft)
        os.rename(name + ".draft", name + ".json")
        return "250 OK"


async def main(port, folder):
    handler = Handler(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost"), "127.0.0.1", int(port)
    )
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
