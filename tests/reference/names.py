"""A name server of a small zone, which writes what it is asked into $DIR/asked. Each of its addresses has a habit of its own:

127.0.0.1 answers; 127.0.0.2 answers over TCP only; 127.0.0.3 answers after three seconds;
127.0.0.4 is silent; at any other nothing listens.
"""

import contextlib
import os
import socket
import struct
import sys
import threading
import time

ZONE = {
    "one.example": ["10.9.0.1"],
    "two.example": ["10.9.0.3", "10.9.0.2"],
    "six.example": ["fd99::1"],
    "both.example": ["10.9.0.4", "fd99::4"],
    "empty.example": [],
    "db.corp.example": ["10.9.0.5"],
    "db": ["10.9.0.6"],
    "api.corp.example": ["10.9.0.7"],
    "api.corp.example.corp.example": ["10.9.0.8"],
    "ts1": ["10.9.0.9"],
    "here.example": ["127.0.0.1"],
}
ASKED = open(os.path.join(os.environ.get("DIR", "/tmp"), "asked"), "a", buffering=1)
FAILURES = {"broken.example": 2, "refused.example": 5}


def name_of(question):
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
        at += 1 + question[at]
    return ".".join(labels).lower(), at + 1


def answer(question):
    name, at = name_of(question)
    (kind,) = struct.unpack("!H", question[at : at + 2])
    ASKED.write(f"{name} {kind}\n")
    addresses = ZONE.get(name)
    if name.startswith("many") and name.endswith(".example"):
        addresses = ["10.9.1.1"]
    code = FAILURES.get(name, 3 if addresses is None and name else 0)
    records = []
    for address in addresses or []:
        is_six = ":" in address
        if kind == (28 if is_six else 1):
            data = socket.inet_pton(socket.AF_INET6 if is_six else socket.AF_INET, address)
            records.append(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data)
    head = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    return head + question[12 : at + 4] + b"".join(records)


def by_udp(address, late=0.0):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        question, peer = server.recvfrom(2048)
        if late is None:
            continue
        send = lambda q=question, p=peer: server.sendto(answer(q), p)
        if late:
            threading.Timer(late, send).start()
        else:
            send()


def by_tcp(address):
    server = socket.create_server((address, 53))
    while True:
        threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()


def talk(stream):
    with stream, contextlib.suppress(ConnectionError):
        while head := stream.recv(2):
            question = stream.recv(struct.unpack("!H", head)[0])
            said = answer(question)
            stream.sendall(struct.pack("!H", len(said)) + said)


for work in (
    lambda: by_udp("127.0.0.1"),
    lambda: by_tcp("127.0.0.1"),
    lambda: by_udp("127.0.0.2", None),
    lambda: by_tcp("127.0.0.2"),
    lambda: by_udp("127.0.0.3", 3.0),
    lambda: by_udp("127.0.0.4", None),
):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
print("ready", flush=True)
sys.stdin.read()
