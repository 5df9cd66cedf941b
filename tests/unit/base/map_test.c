#include "base/map.h"

#include "support/test.h"

#define KEYS 5000

TEST(what_is_put_is_found_until_removed)
{
    static char keys[KEYS][8];
    Map map = { 0 };
    for (int i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        assert_null(map_put(&map, str_of(keys[i]), keys[i]));
    }
    assert_int_equal(map.count, KEYS);
    for (int i = 0; i < KEYS; i += 2) assert_ptr_equal(map_remove(&map, str_of(keys[i])), keys[i]);
    for (int i = 0; i < KEYS; i++) assert_ptr_equal(map_get(&map, str_of(keys[i])), i % 2 ? keys[i] : NULL);
    map_done(&map);
}

/* A plain array is the model: random puts and removes over few keys, so that probe chains grow and shrink. */
TEST(random_puts_and_removes_agree_with_a_model)
{
    static char keys[97][8];
    void *model[97] = { 0 };
    Map map = { 0 };
    uint32_t random = 12345;
    for (int i = 0; i < 97; i++) snprintf(keys[i], sizeof keys[i], "k%d", i);
    for (int step = 0; step < 200000; step++) {
        random = random * 1664525u + 1013904223u;
        uint32_t at = (random >> 8) % 97;
        Str key = str_of(keys[at]);
        if (random >> 31) {
            assert_ptr_equal(map_put(&map, key, keys[at]), model[at]);
            model[at] = keys[at];
        } else {
            assert_ptr_equal(map_remove(&map, key), model[at]);
            model[at] = NULL;
        }
        uint32_t other = random % 97;
        assert_ptr_equal(map_get(&map, str_of(keys[other])), model[other]);
    }
    map_done(&map);
}

TEST(iteration_meets_every_entry_once)
{
    static int values[100];
    static char keys[100][8];
    Map map = { 0 };
    for (int i = 0; i < 100; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        map_put(&map, str_of(keys[i]), &values[i]);
    }
    size_t at = 0;
    int *value;
    while ((value = map_next(&map, &at))) ++*value;
    for (int i = 0; i < 100; i++) assert_int_equal(values[i], 1);
    map_done(&map);
}

TEST(an_emptied_map_gives_its_memory_back)
{
    static char keys[KEYS][8];
    Map map = { 0 };
    for (int i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        map_put(&map, str_of(keys[i]), keys[i]);
    }
    for (int i = 0; i < KEYS; i++) map_remove(&map, str_of(keys[i]));
    assert_int_equal(map.count, 0);
    assert_true(map.cap <= 16);
    map_done(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_until_removed),
        cmocka_unit_test(random_puts_and_removes_agree_with_a_model),
        cmocka_unit_test(iteration_meets_every_entry_once),
        cmocka_unit_test(an_emptied_map_gives_its_memory_back),
    };
    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
