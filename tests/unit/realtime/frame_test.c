/* Frames as they stand on the wire. */
#include <stdlib.h>

#include "net/ws.h"
#include "realtime/session/frame.h"
#include "support/test.h"

static const struct {
    const char *label;
    uint32_t n;
    const char *want; /* behind the WebSocket header */
} numbers[] = {
    { "the first", 1, "{\"type\":\"event\",\"n\":1,\"name\":\"x\"}" },
    { "two digits", 10, "{\"type\":\"event\",\"n\":10,\"name\":\"x\"}" },
    { "the largest", UINT32_MAX, "{\"type\":\"event\",\"n\":4294967295,\"name\":\"x\"}" },
};
TEST_EACH(event_carries_the_number_of_its_connection, numbers, c)
{
    Frame *frame = frame_new(FRAME_EVENT, ID_NONE, 7, STR(",\"name\":\"x\"}"));
    char wire[128];
    size_t len = frame_write(frame, c->n, wire);
    CHECK(len <= frame_wire_max(frame), c->label);
    CHECK((unsigned char)wire[0] == 0x81 && (size_t)wire[1] == len - 2, c->label);
    CHECK_STR(((Str){ wire + 2, len - 2 }), str_of(c->want), c->label);
    frame_unref(frame);
}

TEST(other_frames_are_written_as_they_are)
{
    Frame *frame = frame_new(FRAME_OWN, ID_NONE, 0, STR("{}"));
    char wire[64];
    assert_int_equal(frame_write(frame, 5, wire), 4);
    assert_memory_equal(wire + 2, "{}", 2);
    frame_unref(frame);
}

static const struct {
    const char *label;
    size_t bytes;
} sizes[] = {
    { "length in one byte", 125 - 22 }, { "in two", 126 - 22 }, { "two, full", 65535 - 22 }, { "in eight", 65536 - 22 }
};
TEST_EACH(room_suffices_for_every_form_of_length, sizes, c)
{
    char *json = malloc(c->bytes);
    assert_non_null(json);
    memset(json, 'x', c->bytes);
    Frame *frame = frame_new(FRAME_EVENT, ID_NONE, 1, (Str){ json, c->bytes });
    char *wire = malloc(frame_wire_max(frame));
    assert_non_null(wire);
    size_t len = frame_write(frame, 1, wire);
    CHECK(len <= frame_wire_max(frame), c->label);
    CHECK(wire[len - 1] == 'x', c->label);
    free(wire);
    free(json);
    frame_unref(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_carries_the_number_of_its_connection),
        cmocka_unit_test(other_frames_are_written_as_they_are),
        cmocka_unit_test(room_suffices_for_every_form_of_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
