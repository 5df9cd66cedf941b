"""tools/gen_api.py: what it refuses, and that its documents hold together."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))

from genapi import asyncapi, c_code, contract, errors, openapi  # noqa: E402

GOOD = """\
syntax = "proto3";
package molva.thing.v1;
import "molva/options.proto";
// A part of a thing.
message Part { string name = 1; map<string, uint32> counts = 2; }
message GetRequest { string id = 1; repeated string tags = 2 [(molva.rule) = {max_items: 9}]; }
message GetResponse { Part part = 1; }
message ChangeRequest { string id = 1; optional string name = 2; Part part = 3; }
message ChangeResponse {}
message FindRequest {}
message FindResponse {}
// Things.
service ThingService {
  // Gets a thing.
  rpc Get(GetRequest) returns (GetResponse) {
    option (molva.http) = {get: "/v1/things/{id}"};
    option (molva.access) = USER;
    option (molva.cost) = {field: "tags", per_token: 10};
  }
  // Changes a thing.
  rpc Change(ChangeRequest) returns (ChangeResponse) {
    option (molva.http) = {patch: "/v1/things/{id}"};
    option (molva.access) = USER;
  }
  // Finds a thing.
  rpc Find(FindRequest) returns (FindResponse) { option (molva.access) = SERVICE; }
}
"""

# What is replaced in the good contract, by what, and what the refusal says.
BROKEN = [
    ("no access level", "    option (molva.access) = USER;\n", "", "ThingService.Get: states no access level"),
    ("path of a service's method", "option (molva.access) = SERVICE;",
     'option (molva.access) = SERVICE; option (molva.http) = {get: "/v1/find"};',
     "ThingService.Find: is for services but has a REST path, GET /v1/find"),
    ("no path", '    option (molva.http) = {get: "/v1/things/{id}"};\n', "",
     "ThingService.Get: is for USER callers but has no REST path"),
    ("same route twice", 'patch: "/v1/things/{id}"', 'get: "/v1/things/{name}"',
     "GET /v1/things/{name} is the route of thing.Get too"),
    ("unknown path variable", 'patch: "/v1/things/{id}"', 'patch: "/v1/things/{thing_id}"',
     'path variable "thing_id" is no field of ChangeRequest'),
    ("message as path variable", 'patch: "/v1/things/{id}"', 'patch: "/v1/things/{part}"',
     'path variable "part" must be a single plain value'),
    ("list as path variable", 'get: "/v1/things/{id}"', 'get: "/v1/things/{tags}"',
     'path variable "tags" must be a single plain value'),
    ("path variable twice", 'patch: "/v1/things/{id}"', 'patch: "/v1/things/{id}/{id}"',
     "a path variable stands twice"),
    ("no path at all", 'patch: "/v1/things/{id}"', 'patch: "v1/things"', '"v1/things" is no path'),
    ("query in the path", 'patch: "/v1/things/{id}"', 'patch: "/v1/things?x=1"', "is no path"),
    ("message in a query", "repeated string tags = 2 [(molva.rule) = {max_items: 9}];", "Part part = 2;",
     'field "part" is a message, which the query of GET cannot carry'),
    ("method without a comment", "  // Finds a thing.\n", "", "ThingService.Find: has no comment"),
    ("message without a comment", "// A part of a thing.\n", "", "molva.thing.v1.Part: has no comment"),
    ("list without a cost", '    option (molva.cost) = {field: "tags", per_token: 10};\n', "",
     'field "tags" is a number that the caller chooses'),
    ("limit without a cost", "message ChangeRequest { string id = 1;",
     "message ChangeRequest { string id = 1; uint32 limit = 9;", 'field "limit" is a number that the caller chooses'),
    ("cost of nothing", 'field: "tags", per_token: 10', 'field: "tags"', 'cost "tags" lacks per_token'),
    ("cost of no field", 'field: "tags"', 'field: "tag"', 'cost "tag" must be a repeated field or a number of GetRequest'),
    ("cost of a text", 'field: "tags"', 'field: "id"', 'cost "id" must be a repeated field or a number'),
    ("looks like a map", "// A part of a thing.",
     "// Not a map.\nmessage FakeEntry { string key = 1; string value = 2; }\n// A part of a thing.",
     "molva.thing.v1.FakeEntry: looks like an entry of a map"),
    ("a list without an end", " [(molva.rule) = {max_items: 9}]", "",
     "GetRequest.tags: is a list without max_items in its (molva.rule)"),
    ("a list too long for a query", "max_items: 9", "max_items: 101", "GetRequest.tags: has over 100 elements"),
    ("a rule that nobody checks", "message Part { string name = 1;", "message Part { string name = 1 [(molva.rule) = {max: 1}];",
     "Part.name: has a rule, but only those of requests are checked"),
    ("a length of a list that is none", "message GetRequest { string id = 1;",
     "message GetRequest { string id = 1 [(molva.rule) = {max_items: 1}];", "GetRequest.id: has max_items, but is no list"),
    ("a largest number of a text", "message GetRequest { string id = 1;",
     "message GetRequest { string id = 1 [(molva.rule) = {max: 1}];", "GetRequest.id: has a rule for numbers"),
    ("a form of a message", "Part part = 3; }\nmessage ChangeResponse", "Part part = 3 [(molva.rule) = {form: UUID}]; }\nmessage ChangeResponse",
     "ChangeRequest.part: has a rule for text, but is none"),
    ("required and optional", "optional string name = 2;", "optional string name = 2 [(molva.rule) = {required: true}];",
     "ChangeRequest.name: is required and optional"),
    ("the same event twice", "string name = 1; map",
     'oneof kind { string a = 7 [(molva.event) = "a.made"]; string b = 8 [(molva.event) = "a.made"]; } string name = 1; map',
     'molva.thing.v1.Part.b: the event "a.made" carries molva.thing.v1.Part.a'),
    ("a field that no event carries", "message Part { string name = 1;",
     'message Part { string name = 1; string a = 7 [(molva.event) = "a.made"];',
     "molva.thing.v1.Part.name: is named by no event"),
    ("contains itself", "string name = 1; map", "string name = 1; repeated Part parts = 3; map",
     "molva.thing.v1.Part: contains itself"),
]

# With rules of every kind.
RULED = GOOD.replace("message GetRequest { string id = 1;", """message GetRequest { string id = 1;
  uint32 limit = 3 [(molva.rule) = {page: 20, page_max: 50}]; uint32 age = 4 [(molva.rule) = {max: 7}];""").replace(
    "message ChangeRequest { string id = 1; optional string name = 2;",
    """message ChangeRequest { option (molva.also) = '{"minProperties": 1}'; string id = 1 [(molva.rule) = {form: UUID}];
  optional string name = 2 [(molva.rule) = {min_chars: 1, max_chars: 5}];""").replace(
    'get: "/v1/things/{id}"};\n', 'get: "/v1/things/{id}"};\n    option (molva.cost) = {field: "limit", per_token: 5};\n').replace(
    'patch: "/v1/things/{id}"};\n', 'patch: "/v1/things/{id}"};\n    option (molva.outcome) = NOT_FOUND;\n'
                                   "    option (molva.outcome) = CONFLICT;\n")

OTHER = 'syntax = "proto3";\npackage molva.other.v1;\n// Another part.\nmessage Part { string name = 1; }\n'


class TempContract:
    """A folder with .proto files and what protoc says about them."""

    def __init__(self, **files: str):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name)
        for name, text in files.items():
            (root / f"{name}.proto").write_text(text)
        self.descriptor_set = str(root / "api.desc")
        subprocess.run(
            ["protoc", "-I", root, "-I", ROOT / "api", "-I", "/usr/include", "--include_imports",
             "--include_source_info", f"--descriptor_set_out={self.descriptor_set}", "molva/options.proto",
             *(f"{name}.proto" for name in files)], check=True)  # fmt: skip

    def load(self) -> contract.Contract:
        try:
            return contract.load(self.descriptor_set)
        finally:
            self.folder.cleanup()


class ContractIsChecked(unittest.TestCase):
    def test_a_contract_that_keeps_the_rules_is_read(self):
        [service] = TempContract(thing=GOOD).load().services
        get, change, find = service.methods
        self.assertEqual((get.wire_name, get.verb, get.path, get.access, get.rate),
                         ("thing.Get", "GET", "/v1/things/{id}", "USER", "READ"))
        self.assertEqual((change.verb, change.rate, change.comment), ("PATCH", "WRITE", "Changes a thing."))
        self.assertEqual((find.verb, find.access), ("", "SERVICE"))
        self.assertEqual(get.costs, [contract.Cost("tags", 10)])

    def test_rate_classes_say_what_they_allow(self):
        rates = {rate.name: (rate.number, rate.per_second, rate.burst) for rate in TempContract(thing=GOOD).load().rates}
        self.assertEqual(rates["SEARCH"], (4, 5, 30))
        self.assertNotIn("RATE_UNSPECIFIED", rates)

    def test_a_contract_that_breaks_a_rule_is_refused(self):
        for label, old, new, why in BROKEN:
            with self.subTest(label):
                self.assertIn(old, GOOD)
                with self.assertRaises(contract.ContractError) as refusal:
                    TempContract(thing=GOOD.replace(old, new, 1)).load()
                self.assertIn(why, str(refusal.exception))

    def test_a_short_name_stands_in_one_package_only(self):
        with self.assertRaises(contract.ContractError) as refusal:
            TempContract(thing=GOOD, other=OTHER).load()
        self.assertRegex(str(refusal.exception), r"the short name Part is taken by molva\.\w+\.v1\.Part")

    def test_all_that_is_wrong_is_told_at_once(self):
        broken = GOOD.replace("    option (molva.access) = USER;\n", "").replace("  // Finds a thing.\n", "")
        with self.assertRaises(contract.ContractError) as refusal:
            TempContract(thing=broken).load()
        self.assertEqual(len(str(refusal.exception).splitlines()), 3)


class CodeIsWritten(unittest.TestCase):
    def test_names_are_those_of_protoc_c(self):
        self.assertEqual(c_code.c_lower(["Hello", "RevsEntry"]), "hello__revs_entry")
        self.assertEqual(c_code.c_upper(["JsonWebKey"]), "JSON_WEB_KEY")
        self.assertEqual(c_code.c_type(["Hello", "RevsEntry"]), "Hello__RevsEntry")
        self.assertEqual(c_code.camel("_display_name"), "DisplayName")
        self.assertEqual(contract.snake("URLThing"), "urlthing")

    def test_a_client_carries_its_method_without_a_handler(self):
        header = c_code.client_header(TempContract(thing=GOOD).load().services[0])
        self.assertIn("thing_client_get(RpcClient *client, Ctx *ctx,", header)
        self.assertIn('.name = "thing.Get"', header)
        self.assertNotIn(".handler", header)
        self.assertIn(".costs = { { 2, 10, 0 } },", header)

    def test_rules_are_a_table_and_constants(self):
        loaded = TempContract(thing=RULED).load()
        source = c_code.service_source(loaded.services[0])
        self.assertIn("static const RpcRule rules_of_change[] = {\n"
                      "    { .field = 1, .required = true, .form = RPC_FORM_UUID },\n"
                      "    { .field = 2, .min_chars = 1, .max_chars = 5 },\n};", source)
        self.assertIn(".rules = rules_of_get,", source)
        self.assertIn("{ 3, 5, 50 }", source, "a page costs no more than the longest")
        header = c_code.types_header(loaded)
        self.assertIn("#define CHANGE_REQUEST__NAME__MAX_CHARS 5\n", header)
        self.assertIn("#define GET_REQUEST__TAGS__MAX_ITEMS 9\n", header)

    def test_an_embedded_text_is_a_c_string(self):
        text = 'say "hi" \\ \n' * 30
        source = c_code.embedded("some_text", text)["some_text.c"]
        literals = re.findall(r'^    (".*");?$', source, re.MULTILINE)
        self.assertEqual("".join(json.loads(literal) for literal in literals), text)


class DocumentsHoldTogether(unittest.TestCase):
    def setUp(self):
        loaded = TempContract(thing=GOOD).load()
        self.openapi = openapi.document(loaded, errors.load(str(ROOT / "api/errors.yaml")))

    def test_every_method_with_a_path_is_an_operation(self):
        operations = {o["operationId"] for path in self.openapi["paths"].values() for o in path.values()}
        self.assertEqual(operations, {"thing.Get", "thing.Change"})

    def test_what_a_call_costs_stands_with_it(self):
        get = self.openapi["paths"]["/v1/things/{id}"]["get"]
        self.assertEqual(get["x-molva-cost"], {"tags": 10})
        self.assertIn("one more token of its rate for each further 10 of `tags`", get["description"])

    def test_what_the_path_does_not_say_is_query_or_body(self):
        thing = self.openapi["paths"]["/v1/things/{id}"]
        self.assertEqual([(p["name"], p["in"]) for p in thing["get"]["parameters"]], [("id", "path"), ("tags", "query")])
        body = thing["patch"]["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual(list(body["properties"]), ["name", "part"])

    def test_rules_are_in_the_schemas(self):
        document = openapi.document(TempContract(thing=RULED).load(), errors.load(str(ROOT / "api/errors.yaml")))
        thing = document["paths"]["/v1/things/{id}"]
        parameters = {p["name"]: p["schema"] for p in thing["get"]["parameters"]}
        self.assertEqual(parameters["tags"]["maxItems"], 9)
        self.assertEqual(parameters["age"], {"type": "integer", "minimum": 0, "maximum": 7})
        self.assertEqual(parameters["limit"]["default"], 20)
        [path] = thing["patch"]["parameters"]
        self.assertEqual((path["required"], path["schema"]["format"]), (True, "uuid"))
        body = thing["patch"]["requestBody"]
        self.assertFalse(body["required"], "nothing in it is")
        name = body["content"]["application/json"]["schema"]["properties"]["name"]
        self.assertEqual((name["minLength"], name["maxLength"]), (1, 5))
        whole = document["components"]["schemas"]["ChangeRequest"]
        self.assertEqual((whole["required"], whole["minProperties"]), (["id"], 1))

    def test_the_outcomes_of_a_method_are_its_own(self):
        document = openapi.document(TempContract(thing=RULED).load(), errors.load(str(ROOT / "api/errors.yaml")))
        thing = document["paths"]["/v1/things/{id}"]
        for verb, stated in (("get", set()), ("patch", {"404", "409"})):
            self.assertEqual(set(thing[verb]["responses"]) & {"403", "404", "409", "412"}, stated, verb)
            self.assertLessEqual({"200", "400", "401", "429", "500", "503", "default"}, set(thing[verb]["responses"]))

    def test_what_the_server_always_writes_is_required(self):
        schemas = self.openapi["components"]["schemas"]
        self.assertEqual(schemas["Part"]["required"], ["name", "counts"])
        self.assertNotIn("required", schemas["GetResponse"])
        self.assertFalse(schemas["ChangeRequest"]["additionalProperties"])

    def test_every_reference_leads_somewhere(self):
        published = [json.loads((ROOT / "docs/api" / name).read_text()) for name in ("openapi.json", "asyncapi.json")]
        for document in [self.openapi, *published]:
            for reference in references(document):
                place = document
                for step in reference.removeprefix("#/").split("/"):
                    self.assertIn(step, place, reference)
                    place = place[step]

    def test_every_event_says_what_it_carries(self):
        document = json.loads((ROOT / "docs/api/asyncapi.json").read_text())
        schemas, events = document["components"]["schemas"], document["x-molva-events"]
        for scope, data in (("conversation", "ChangeData"), ("feed", "FeedData")):
            carried = {event["field"]: event["value"] for event in events[scope].values()}
            properties = {name: {"$ref": of["$ref"]} for name, of in schemas[data]["properties"].items()}
            self.assertEqual(carried, properties, "each field belongs to an event")
        self.assertCountEqual({ref["$ref"] for ref in events["ephemeral"].values()},
                              [ref["$ref"] for ref in schemas["EphemeralFrame"]["properties"]["data"]["anyOf"]])

    def test_every_frame_names_its_type(self):
        document = json.loads((ROOT / "docs/api/asyncapi.json").read_text())
        schemas = document["components"]["schemas"]
        for name, message in document["components"]["messages"].items():
            frame = schemas[message["payload"]["$ref"].rsplit("/", 1)[1]]
            self.assertEqual(frame["properties"]["type"], {"const": name})
        self.assertEqual(schemas["ServerFrame"]["discriminator"], "type")
        self.assertLessEqual(set(asyncapi.REPLIES), set(document["components"]["messages"]))


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


if __name__ == "__main__":
    unittest.main()
