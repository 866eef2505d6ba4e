#!/usr/bin/env python3
"""odd.py ADDRESS PORT CERT KEY KIND: a web server over TLS that is odd in one way.
  get-only    answers GET, and nothing to HEAD
  drips       sends its status, and then a byte of its head every two seconds
  hello N     does not answer a first message of more than N bytes
  resets      resets once it has a first message
  serves      is odd in its certificate only
or a time server over UDP:
  ntp-distance  of stratum 1, by its own clock, which it says may be eleven seconds wrong
"""
import socket, ssl, struct, sys, threading, time

address, port, certificate, key, kind, *rest = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"


def head(stream):
    heard = b""
    while b"\r\n\r\n" not in heard and (more := stream.recv(4096)):
        heard += more
    return heard


def whole_hello(stream):
    """The length of the first record, once it is here."""
    length = 5
    while len(heard := stream.recv(65536, socket.MSG_PEEK)) < length:
        if len(heard) >= 5:
            length = 5 + int.from_bytes(heard[3:5], "big")
        if not heard:
            return 0
        time.sleep(0.01)
    return len(heard)


def serve(stream):
    if kind == "hello" and whole_hello(stream) > int(rest[0]):
        time.sleep(60)
        return
    if kind == "resets":
        whole_hello(stream)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
        return
    stream = context.wrap_socket(stream, server_side=True)
    asked = head(stream)
    if kind == "get-only" and not asked.startswith(b"GET"):
        time.sleep(60)
    elif kind == "drips":
        line, rest_of_it = ANSWER.split(b"\n", 1)
        stream.sendall(line + b"\n")
        for byte in rest_of_it:
            stream.sendall(bytes([byte]))
            time.sleep(2)
    else:
        stream.sendall(ANSWER + b"ok")
        stream.close()


def safely(stream):
    try:
        serve(stream)
    except OSError:
        pass


def time_of(question):
    stamp = struct.pack(">II", int(time.time()) + 2208988800, 0)
    return struct.pack(">BBbbII4s", 0x24, 1, 6, -20, 0, 11 << 16, b"LOCL") + stamp + question[40:48] + 2 * stamp


family = socket.AF_INET6 if ":" in address else socket.AF_INET
if kind == "ntp-distance":
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    while True:
        question, asker = server.recvfrom(2048)
        server.sendto(time_of(question), asker)
listener = socket.create_server((address, int(port)), family=family, backlog=64, dualstack_ipv6=":" in address)
while True:
    threading.Thread(target=safely, args=(listener.accept()[0],), daemon=True).start()
