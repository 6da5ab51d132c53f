"""Hands a command of `manage.py` to the server of e2e/warm.py, and ends as it ends."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    asked = {"argv": sys.argv[2:], "folder": os.getcwd()}
    socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
    # Nothing comes from a command that died.
    sys.exit(int.from_bytes(server.recv(1) or b"\1"))
