#include "base/arena.h"

#include "support/test.h"

TEST(memory_is_zeroed_and_aligned)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *ptr = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)ptr % 16, 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(ptr[i], 0);
        memset(ptr, 0xff, size);
    }
}

TEST(a_large_block_does_not_waste_the_room_left)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *before = arena_alloc(arena, 16);
    char *large = arena_alloc(arena, 1 << 20);
    char *after = arena_alloc(arena, 16);
    memset(large, 1, 1 << 20);
    assert_ptr_equal(after, before + 16);
    assert_true(arena_used(arena) >= (1 << 20) + 32);
}

TEST(many_chunks_hold_what_was_put_in)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    uint32_t *blocks[2000];
    for (uint32_t i = 0; i < 2000; i++) {
        blocks[i] = arena_alloc(arena, 400);
        blocks[i][0] = blocks[i][99] = i;
    }
    for (uint32_t i = 0; i < 2000; i++) assert_true(blocks[i][0] == i && blocks[i][99] == i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(a_large_block_does_not_waste_the_room_left),
        cmocka_unit_test(many_chunks_hold_what_was_put_in),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
