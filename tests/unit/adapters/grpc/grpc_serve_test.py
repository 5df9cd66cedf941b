"""A gRPC client that is not ours, python3-grpcio, against grpc_serve: identity, errors, health and reflection on the wire."""
import base64
import hashlib
import hmac
import subprocess
import sys
import threading
import time
import unittest

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVER = sys.argv[1]
DESCRIPTOR_SETS = sys.argv[2:]
SECRET = b"a secret of the tests, 32 bytes and more"
ALICE, SESSION = "01000000-0000-0000-0000-000000000000", "02000000-0000-0000-0000-000000000000"
PATH = "/molva.test.v1.TestService/"
FAIL, TELL, AGENT, BLOCK = 1000, 3000, 3001, 2000

# Waiting for an event of the server; only a bound after which something counts as broken.
WITHIN = 20
STREAMS_PER_ADDRESS = 256  # GRPC_STREAMS_PER_ADDRESS


def pool_of(files) -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    return pool


def built_files():
    files = {}
    for path in DESCRIPTOR_SETS:
        with open(path, "rb") as stream:
            for file in descriptor_pb2.FileDescriptorSet.FromString(stream.read()).file:
                files.setdefault(file.name, file)
    return files.values()


POOL = pool_of(built_files())


def message(name, pool=POOL):
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


Request, Response = message("molva.message.v1.MarkReadRequest"), message("molva.message.v1.MarkReadResponse")
HealthRequest = message("grpc.health.v1.HealthCheckRequest")
HealthResponse = message("grpc.health.v1.HealthCheckResponse")
ReflectionRequest = message("grpc.reflection.v1.ServerReflectionRequest")
ReflectionResponse = message("grpc.reflection.v1.ServerReflectionResponse")
SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3


def service_token(audience="test", role="user", user=ALICE, session=SESSION, secret=SECRET, issued=None, life=60):
    """As src/rpc/service_token.h documents it."""
    issued = int(time.time()) if issued is None else issued
    text = f"m1.group.{audience}.{issued}.{issued + life}.{role}.{user}.{session}"
    key = hmac.new(secret, b"molva service token 1", hashlib.sha256).digest()
    mac = base64.urlsafe_b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest())
    return f"{text}.{mac.decode().rstrip('=')}"


class Server:
    def __init__(self):
        self.process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL)
        self.port, self.user, self.expired, self.ended = (self.process.stdout.readline().strip() for _ in range(4))

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(WITHIN)
        self.process.stdout.close()
        return status


class ServerCase(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")

    def tearDown(self):
        self.channel.close()
        self.assertEqual(self.server.stop(), 0)

    def call(self, method, seq, *metadata, timeout=WITHIN):
        call = self.channel.unary_unary(PATH + method, Request.SerializeToString, Response.FromString)
        return call(Request(seq=seq), metadata=metadata, timeout=timeout)

    def failure(self, method, seq, *metadata, timeout=WITHIN):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(method, seq, *metadata, timeout=timeout)
        return caught.exception

    def bearer(self, token):
        return ("authorization", f"Bearer {token}")


class Calls(ServerCase):
    def test_a_user_calls_with_an_access_token(self):
        self.assertEqual(self.call("User", 7, self.bearer(self.server.user)).read_seq, 7)
        self.assertEqual(self.call("Public", 7).read_seq, 7)

    def test_tokens_that_are_not_good_are_refused(self):
        refused = {
            "nobody": (), "expired": (self.bearer(self.server.expired),), "ended": (self.bearer(self.server.ended),),
            "garbage": (self.bearer("garbage"),),
            "forged": (("molva-service-token", service_token(secret=b"another secret that is long enough")),),
            "another service": (("molva-service-token", service_token("auth")),),
            "old": (("molva-service-token", service_token(issued=int(time.time()) - 600)),),
            "an hour": (("molva-service-token", service_token(life=3600)),),
        }
        for name, metadata in refused.items():
            for method in ("User", "Admin", "Service"):
                with self.subTest(name=name, method=method):
                    error = self.failure(method, 7, *metadata)
                    self.assertEqual(error.code(), grpc.StatusCode.UNAUTHENTICATED)
                    self.assertEqual(dict(error.trailing_metadata())["molva-error"], "unauthenticated")

    def test_a_user_reaches_nothing_for_services_or_administrators(self):
        for method in ("Service", "Admin"):
            error = self.failure(method, 7, self.bearer(self.server.user))
            self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_the_documented_service_token_is_taken(self):
        token = ("molva-service-token", service_token())
        self.assertEqual(self.call("User", 7, token).read_seq, 7)
        self.assertEqual(self.call("Service", 7, token).read_seq, 7)
        nobody = ("molva-service-token", service_token(role="service", user="-", session="-"))
        self.assertEqual(self.call("Service", 7, nobody).read_seq, 7)
        self.assertEqual(self.failure("User", 7, nobody).code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_an_error_has_status_name_and_time_to_come_back(self):
        error = self.failure("Public", FAIL + 10)  # the tenth row of errors.yaml
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        trailing = dict(error.trailing_metadata())
        self.assertEqual((trailing["molva-error"], trailing["molva-retry-after-ms"]), ("rate_limited", "1234"))
        self.assertEqual(error.details(), "the story of rate_limited: \u00e4\U0001f600 100%")

    def test_what_only_a_service_may_say_is_not_believed_from_others(self):
        error = self.failure("Public", AGENT, ("molva-client-address", "10.9.8.7"), ("molva-client-agent", "liar"),
                             ("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"))
        self.assertTrue(error.details().startswith("127.0.0.1 grpc-python/"), error.details())
        self.assertTrue(error.details().endswith(" 0123456789abcdef0123456789abcdef"), error.details())

    def test_the_deadline_of_the_caller_counts(self):
        left_ms = self.call("Public", TELL).unread
        self.assertTrue(0 < left_ms <= WITHIN * 1000 + 100, left_ms)
        self.assertEqual(self.failure("Public", BLOCK, timeout=0.2).code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_what_is_not_there_is_unimplemented(self):
        self.assertEqual(self.failure("Nothing", 7).code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_bytes_that_are_no_request_are_invalid(self):
        call = self.channel.unary_unary(PATH + "Public")
        for body in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe"):
            with self.assertRaises(grpc.RpcError) as caught:
                call(body, timeout=WITHIN)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        with self.assertRaises(grpc.RpcError) as caught:
            call(bytes(5 << 20), timeout=WITHIN)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_a_cancelled_call_disturbs_nobody(self):
        call = self.channel.unary_unary(PATH + "Public", Request.SerializeToString, Response.FromString)
        futures = [call.future(Request(seq=BLOCK), timeout=WITHIN) for _ in range(16)]
        for future in futures:
            future.cancel()
        self.assertEqual(self.call("Public", 7).read_seq, 7)


class Health(ServerCase):
    def check(self, service):
        call = self.channel.unary_unary("/grpc.health.v1.Health/Check", HealthRequest.SerializeToString,
                                        HealthResponse.FromString)
        return call(HealthRequest(service=service), timeout=WITHIN).status

    def watch(self, service):
        call = self.channel.unary_stream("/grpc.health.v1.Health/Watch", HealthRequest.SerializeToString,
                                         HealthResponse.FromString)
        return call(HealthRequest(service=service), timeout=WITHIN)

    def test_check_tells_of_the_process_and_of_its_services(self):
        for service in ("", "molva.test.v1.TestService"):
            self.assertEqual(self.check(service), SERVING)
        self.server.tell("busy")
        for service in ("", "molva.test.v1.TestService"):
            self.assertEqual(self.check(service), NOT_SERVING)
        with self.assertRaises(grpc.RpcError) as caught:
            self.check("molva.test.v1.Test")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_watch_tells_the_state_at_once_and_each_change_once(self):
        watch = self.watch("")
        self.assertEqual(next(watch).status, SERVING)
        self.server.tell("ready")
        self.server.tell("busy")
        self.assertEqual(next(watch).status, NOT_SERVING)
        self.server.tell("ready")
        self.assertEqual(next(watch).status, SERVING)
        watch.cancel()

    def test_an_address_may_watch_so_often_at_once(self):
        watches = [self.watch("") for _ in range(STREAMS_PER_ADDRESS)]
        for watch in watches:
            self.assertEqual(next(watch).status, SERVING)
        with self.assertRaises(grpc.RpcError) as caught:
            next(self.watch(""))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(self.check(""), SERVING)
        watches.pop().cancel()
        self.assertTrue(self.is_let_in())
        for watch in watches:
            watch.cancel()

    def is_let_in(self):
        """Whether there is room again, which the server learns a moment later."""
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            watch = self.watch("")
            try:
                return next(watch).status == SERVING
            except grpc.RpcError:
                continue
            finally:
                watch.cancel()
        return False

    def test_watch_of_an_unknown_service_stays_open(self):
        watch, other = self.watch("no.such.Service"), self.watch("")
        self.assertEqual(next(watch).status, SERVICE_UNKNOWN)
        self.assertEqual(next(other).status, SERVING)
        self.assertTrue(watch.is_active())
        watch.cancel()
        other.cancel()

    def test_a_draining_server_says_so_and_ends_the_watch(self):
        watch = self.watch("molva.test.v1.TestService")
        self.assertEqual(next(watch).status, SERVING)
        self.server.tell("drain")
        self.assertEqual(next(watch).status, NOT_SERVING)
        with self.assertRaises(grpc.RpcError) as caught:
            next(watch)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


class Reflection(ServerCase):
    def ask(self, *questions, version="v1"):
        call = self.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                                          ReflectionRequest.SerializeToString, ReflectionResponse.FromString)
        return list(call(iter([ReflectionRequest(**question) for question in questions]), timeout=WITHIN))

    def test_the_services_are_listed(self):
        for version in ("v1", "v1alpha"):
            answer, = self.ask({"list_services": ""}, version=version)
            names = {service.name for service in answer.list_services_response.service}
            self.assertEqual(names, {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                     "molva.test.v1.TestService"})

    def test_an_answer_is_enough_to_read_the_types(self):
        questions = [{"file_containing_symbol": "molva.message.v1.MessageService.Send"},
                     {"file_containing_symbol": "molva.message.v1.MarkReadRequest"},
                     {"file_by_filename": "molva/message/v1/message.proto"},
                     {"file_containing_symbol": "grpc.health.v1.HealthCheckResponse.ServingStatus"},
                     {"file_containing_extension": {"containing_type": "google.protobuf.MethodOptions",
                                                    "extension_number": 50002}}]
        answers = self.ask(*questions)
        self.assertEqual(len(answers), len(questions))
        for question, answer in zip(questions, answers):
            files = [descriptor_pb2.FileDescriptorProto.FromString(data)
                     for data in answer.file_descriptor_response.file_descriptor_proto]
            names = {file.name for file in files}
            self.assertEqual(len(names), len(files))
            for file in files:
                self.assertLessEqual(set(file.dependency), names, question)
        self.assertEqual(answers[1].original_request.file_containing_symbol, "molva.message.v1.MarkReadRequest")

    def test_what_is_not_there_is_an_error_and_the_stream_goes_on(self):
        answers = self.ask({"file_containing_symbol": "molva.Nothing"}, {"file_by_filename": "nothing.proto"}, {},
                           {"all_extension_numbers_of_type": "google.protobuf.MethodOptions"},
                           {"all_extension_numbers_of_type": "molva.Nothing"})
        codes = [answer.error_response.error_code for answer in answers]
        self.assertEqual(codes, [5, 5, 3, 0, 5])
        numbers = answers[3].all_extension_numbers_response.extension_number
        self.assertEqual(sorted(numbers), [50001, 50002, 50003, 50004, 50005])

    def test_an_open_stream_does_not_hold_up_a_drain(self):
        questions = iter([ReflectionRequest(list_services="")])

        def ask_and_wait():
            yield next(questions)
            drained.wait(WITHIN)

        drained = threading.Event()
        call = self.channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                          ReflectionRequest.SerializeToString, ReflectionResponse.FromString)
        answers = call(ask_and_wait(), timeout=WITHIN)
        next(answers)
        self.server.tell("drain")
        drained.set()
        with self.assertRaises(grpc.RpcError) as caught:
            next(answers)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
