"""What Schemathesis cannot know: how to sign in, which ids there are, and what no document can say. Loaded by openapi_check.py."""
import json
import os
import urllib.request
import uuid

import schemathesis

POPULATION = json.loads(os.environ["MOLVA_POPULATION"])
ENDS_SESSIONS = ["/v1/auth/logout", "/v1/auth/sessions", "/v1/auth/sessions/{id}", "/v1/auth/password"]


def sign_in(username: str) -> str:
    body = json.dumps({"username": username, "password": POPULATION["password"]}).encode()
    with urllib.request.urlopen(POPULATION["url"] + "/v1/auth/login", body, timeout=30) as answer:
        return json.loads(answer.read())["access_token"]


class SignedIn:
    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth(refresh_interval=None).apply_to(path=ENDS_SESSIONS)
class ForThisCallOnly(SignedIn):
    def get(self, case, context):
        return sign_in("somebody")


@schemathesis.auth(refresh_interval=3600).skip_for(path=ENDS_SESSIONS)
class ForAll(SignedIn):
    def get(self, case, context):
        return sign_in("the.owner")


def existing(value, known: list[str]):
    """Most ids become one that there is; what is no id stays."""
    try:
        number = uuid.UUID(value).int
    except (TypeError, ValueError, AttributeError):
        return value
    return known[number % len(known)] if number % 4 else value


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or context.operation is None:
        return path_parameters
    path, verb = context.operation.path, context.operation.method.upper()
    if "/conversations/{" in path and verb != "DELETE":
        name = "conversation_id" if "conversation_id" in path_parameters else "id"
        path_parameters[name] = existing(path_parameters.get(name), POPULATION["conversations"])
    if path.startswith("/v1/users/") or "user_id" in path_parameters:
        name = "user_id" if "user_id" in path_parameters else "id"
        path_parameters[name] = existing(path_parameters.get(name), POPULATION["users"])
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    """One of the people is somebody else who is there."""
    for name in ("member_ids", "user_ids"):
        people = body.get(name) if isinstance(body, dict) else None
        if isinstance(people, list) and people:
            people[0] = existing(people[0], POPULATION["users"][1:])
    return body


def is_beyond_a_document(failure, case, response) -> bool:
    """Reasons that OpenAPI has no words for."""
    if case.method == "QUERY":
        return True  # a verb that the parser of HTTP does not know: 400 before there is a path
    if b"at most one of before_seq, after_seq and around_seq" in response.content:
        return True  # parameters of a query that exclude each other
    # null is as good as absent (info.description): the schemas do not repeat it at every field.
    return type(failure).__name__ == "AcceptedNegativeData" and isinstance(case.body, dict) and None in case.body.values()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not is_beyond_a_document(failure, case, response)
