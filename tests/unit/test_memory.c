/* Sizes are checked before memory is asked for: no product wraps around. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"

#define HALF ((size_t)1 << 63)

static void test_product(void **state)
{
    (void)state;
    assert_true(memory_product(0, 5) == 0 && memory_product(5, 0) == 0 && memory_product(6, 7) == 42);
    assert_true(memory_product(HALF, 1) == HALF);
    assert_true(memory_product(HALF, 2) == SIZE_MAX && memory_product(2, HALF) == SIZE_MAX);
    assert_true(memory_product(memory_product(HALF, 2), 3) == SIZE_MAX);
}

static void test_too_much_is_refused(void **state)
{
    (void)state;
    assert_null(memory_try((size_t)1 << 59, 32)); /* 0, modulo 2^64 */
    assert_null(memory_try(HALF, 2));
    assert_null(memory_try(SIZE_MAX, 1)); /* not rounded to 0 */
    assert_null(memory_try(memory_product(HALF, 2), 1));
    assert_null(memory_new_try((size_t)1 << 59, 32));
    assert_null(memory_new_try(memory_product(HALF, 2), 8));
}

static void test_zeroed(void **state)
{
    (void)state;
    unsigned char *try = memory_try(100, 3), *plain = memory_new_try(100, 3);
    assert_true(try && plain && (uintptr_t)try % 64 == 0);
    for (int i = 0; i < 300; i++)
        assert_true(try[i] == 0 && plain[i] == 0);
    free(try);
    free(plain);
    try = memory_try(0, 8);
    assert_non_null(try); /* nothing is no failure */
    free(try);
}

/* What cannot fail ends the program. */
static void ends(void *(*ask)(void))
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fclose(stderr);
        free(ask());
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

static void *ask_new(void)
{
    return memory_new((size_t)1 << 59, 32);
}

static void *ask_grow(void)
{
    return memory_grow(NULL, memory_product((size_t)1 << 59, 32), 1);
}

static void test_the_rest_ends(void **state)
{
    (void)state;
    ends(ask_new);
    ends(ask_grow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_too_much_is_refused),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_the_rest_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
