"""One node of a network that is tried out: sends back what it gets, and on `ADDRESS BYTES` asks another one to."""

import socket
import sys
import threading

HOST, PORT = sys.argv[1], int(sys.argv[2])
TIME_MAX = 1.0


def read_line(stream):
    line = b""
    while not line.endswith(b"\n"):
        piece = stream.recv(1)
        if not piece:
            return None
        line += piece
    return line.decode().split()


def echo(stream, count):
    while count > 0:
        piece = stream.recv(min(count, 65536))
        if not piece:
            return
        stream.sendall(piece)
        count -= len(piece)


def ask(address, count):
    with socket.create_connection((address, PORT), timeout=TIME_MAX) as other:
        other.settimeout(30 if count > 10_000 else TIME_MAX)
        other.sendall(f"echo {count}\n".encode())
        sender = threading.Thread(target=other.sendall, args=(b"x" * count,))
        sender.start()
        got = 0
        while got < count:
            piece = other.recv(65536)
            if not piece:
                break
            got += len(piece)
        sender.join()
        return got == count


def serve(stream):
    with stream:
        words = read_line(stream)
        if words is None:
            return
        if words[0] == "echo":
            echo(stream, int(words[1]))
            return
        try:
            well = ask(words[0], int(words[1]))
        except OSError:
            well = False
        stream.sendall(b"well" if well else b"not")


server = socket.create_server((HOST, PORT), backlog=64)
while True:
    stream, _ = server.accept()
    threading.Thread(target=serve, args=(stream,), daemon=True).start()
