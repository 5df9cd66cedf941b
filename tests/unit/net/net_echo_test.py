"""The HTTP server and the WebSockets against clients that others wrote: http.client, raw sockets, python3-websockets.

Usage: net_echo_test.py PATH_OF_NET_ECHO
"""
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import unittest

import websockets
from websockets.exceptions import ConnectionClosed

ECHO = ""


class EchoCase(unittest.IsolatedAsyncioTestCase):
    """One server for the whole class, on a port of its own."""

    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.process.stdout.readline())

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        code = cls.process.wait(20)
        cls.process.stdout.close()
        assert code == 0, f"the server ended with {code}"


class HttpTest(EchoCase):
    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, *request, **more):
        connection.request(*request, **more)
        answer = connection.getresponse()
        return answer, answer.read()

    def raw(self, text: bytes, shut: bool = False) -> bytes:
        """Sends bytes on a fresh connection and reads to the end."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as sock:
            sock.sendall(text)
            if shut:
                sock.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        return answer

    def test_requests_share_a_connection(self):
        connection = self.connect()
        for body in (b"", b"one", b"x" * 300000):
            answer, echo = self.ask(connection, "POST", "/path?a=b", body)
            self.assertEqual((answer.status, echo, answer.getheader("X-Path"), answer.getheader("X-Query")),
                             (200, body, "/path", "a=b"))
            self.assertEqual(answer.getheader("X-Peer"), "127.0.0.1")

    def test_chunked_bodies_are_joined(self):
        connection = self.connect()
        answer, echo = self.ask(connection, "POST", "/", iter([b"a" * 10, b"b" * 70000, b"c"]), encode_chunked=True,
                                headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(echo, b"a" * 10 + b"b" * 70000 + b"c")

    def test_head_has_the_length_but_no_body(self):
        connection = self.connect()
        answer, echo = self.ask(connection, "HEAD", "/large?1234")
        self.assertEqual((answer.getheader("Content-Length"), echo), ("1234", b""))
        answer, echo = self.ask(connection, "GET", "/large?20")
        self.assertEqual(len(echo), 20)

    def test_large_replies_arrive_whole(self):
        answer, echo = self.ask(self.connect(), "GET", "/large?30000000")
        self.assertEqual(len(echo), 30000000)

    def test_pipelined_requests_are_answered_in_order(self):
        for path in ("/", "/later"):
            with self.subTest(path=path):
                n = 5000
                requests = b"".join(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n%04d" % (path.encode(), i)
                                    for i in range(n - 1))
                requests += b"GET /large?7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                with socket.create_connection(("127.0.0.1", self.port), 20) as sock:
                    sender = subprocess.Popen([sys.executable, "-c", "import sys,os,socket\n"
                                               "s=socket.socket(fileno=int(sys.argv[1]))\n"
                                               "s.sendall(sys.stdin.buffer.read())", str(sock.fileno())],
                                              stdin=subprocess.PIPE, pass_fds=[sock.fileno()])
                    sender.stdin.write(requests)
                    sender.stdin.close()
                    answers = b""
                    while piece := sock.recv(65536):
                        answers += piece
                    sender.wait(20)
                bodies = [part.split(b"\r\n\r\n", 1)[1] for part in answers.split(b"HTTP/1.1 200 OK\r\n")[1:]]
                self.assertEqual(bodies, [b"%04d" % i for i in range(n - 1)] + [bytes(7)])

    def test_a_client_that_closed_its_side_still_gets_its_reply(self):
        for path in (b"/", b"/later", b"/large?9000000"):
            with self.subTest(path=path):
                answer = self.raw(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path, shut=True)
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"))
                if b"9000000" in path:
                    self.assertGreater(len(answer), 9000000)

    def test_refusals_are_read_although_the_client_is_still_sending(self):
        answer = self.raw(b"POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:100])
        self.assertIn(b"Connection: close\r\n", answer)
        self.assertTrue(answer.endswith(b'{"error":{"code":"too_large","message":"the body is too large",'
                                        b'"retryable":false,"retry_after_ms":0}}'), answer)


class WebSocketTest(EchoCase):
    def connect(self, **more):
        return websockets.connect(f"ws://127.0.0.1:{self.port}/ws", max_size=None, close_timeout=20,
                                  **({"compression": None, "ping_interval": None} | more))

    def closed_with(self) -> int:
        """The code that on_closed got."""
        return int(self.process.stdout.readline().split()[1])

    async def test_texts_come_back(self):
        async with self.connect() as ws:
            for text in ("", "hello", "ж" * 1000, "x" * 65536, "😀" * 16384):
                await ws.send(text)
                self.assertEqual(await ws.recv(), text)
        self.assertEqual(self.closed_with(), 1000)

    async def test_fragments_are_joined_also_around_pings(self):
        async with self.connect() as ws:
            await ws.send(["Ge", "", "tei", "lt"])
            self.assertEqual(await ws.recv(), "Geteilt")

            async def with_pings():
                for piece in "три":
                    yield piece
                    await (await ws.ping(piece))
            await ws.send(with_pings())
            self.assertEqual(await ws.recv(), "три")
        self.closed_with()

    async def test_pings_are_answered_and_pongs_delivered(self):
        async with self.connect() as ws:
            await (await ws.ping(b"x" * 125))
            await ws.send("!ping hello")
            while True:
                await ws.send("!pongs")
                if await ws.recv() == "1":
                    break
        self.closed_with()

    async def test_compression_is_not_negotiated(self):
        async with self.connect(compression="deflate") as ws:
            self.assertEqual(ws.extensions, [])
            await ws.send("x" * 10000)
            self.assertEqual(await ws.recv(), "x" * 10000)
        self.closed_with()

    async def test_a_subprotocol_is_chosen_when_it_is_offered(self):
        for offered, chosen in ((["a", "echo.v1"], "echo.v1"), (["a"], None), (None, None)):
            async with self.connect(subprotocols=offered) as ws:
                self.assertEqual(ws.subprotocol, chosen)
            self.closed_with()

    async def test_large_texts_arrive_whole_at_a_slow_reader(self):
        async with self.connect(max_queue=1) as ws:
            for _ in range(3):
                await ws.send("!large 9000000")
            for _ in range(3):
                self.assertEqual(len(await ws.recv()), 9000000)
        self.closed_with()

    async def test_the_server_closes_with_its_code(self):
        async with self.connect() as ws:
            await ws.send("!close 4410")
            with self.assertRaises(ConnectionClosed):
                await ws.recv()
            self.assertEqual(ws.close_code, 4410)
        self.assertEqual(self.closed_with(), 4410)

    async def test_the_server_ends_at_once(self):
        async with self.connect() as ws:
            await ws.send("!abort 4408")
            with self.assertRaises(ConnectionClosed):
                await ws.recv()
            self.assertEqual(ws.close_code, 1006)
        self.assertEqual(self.closed_with(), 4408)

    async def test_the_peers_code_is_told_and_echoed(self):
        async with self.connect() as ws:
            await ws.close(4001, "enough")
            self.assertEqual(ws.close_code, 4001)
        self.assertEqual(self.closed_with(), 4001)

    async def test_broken_rules_close_with_the_rules_code(self):
        async def send_compressed(ws):
            ws.transport.write(b"\xc1\x81abcd\x19")

        cases = {
            "binary": (1003, lambda ws: ws.send(b"x")),
            "too large": (4413, lambda ws: ws.send("x" * 65537)),
            "much too large": (4413, lambda ws: ws.send("x" * 9000000)),
            "too large in fragments": (4413, lambda ws: ws.send(["x" * 40000, "x" * 40000])),
            "reserved bit": (1002, send_compressed),
        }
        for label, (code, act) in cases.items():
            with self.subTest(label):
                async with self.connect() as ws:
                    with contextlib.suppress(ConnectionClosed):
                        await act(ws)
                    with self.assertRaises(ConnectionClosed):
                        await ws.recv()
                    self.assertEqual(ws.close_code, code)
                self.assertEqual(self.closed_with(), code)

    async def test_a_plain_request_is_no_handshake(self):
        for headers, status in (({}, 400), ({"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "12",
                                 "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}, 426)):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("GET", "/ws", headers=headers)
            answer = connection.getresponse()
            self.assertEqual(answer.status, status)
            if status == 426:
                self.assertEqual(answer.getheader("Sec-WebSocket-Version"), "13")
            connection.close()

    async def test_many_sockets_are_open_at_once(self):
        n = 200
        async with contextlib.AsyncExitStack() as stack:
            all_ws = [await stack.enter_async_context(self.connect()) for _ in range(n)]
            for i, ws in enumerate(all_ws):
                await ws.send(str(i))
            for i, ws in enumerate(all_ws):
                self.assertEqual(await ws.recv(), str(i))
        for _ in range(n):
            self.closed_with()


if __name__ == "__main__":
    ECHO = os.path.abspath(sys.argv.pop(1))
    unittest.main()
