/* Damaged cfgs: every bundled cfg, mutated in a fixed pseudo-random way, is either read or refused with a
 * message; what is read holds together. Meant to run under the sanitizers too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/table.h"

#define DARKNET "/usr/share/darknet/cfg"
#define ROUNDS 60 /* mutants of each file */

/* xorshift64* (Vigna 2016): the same on every machine. */
static uint32_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 2685821657736338717ULL) >> 32);
}

struct text {
    char *bytes;
    size_t length;
};

static void replace(struct text *t, size_t at, size_t gone, const char *with, size_t n)
{
    char *out = memory_new(t->length - gone + n + 1, 1);
    memcpy(out, t->bytes, at);
    memcpy(out + at, with, n);
    memcpy(out + at + n, t->bytes + at + gone, t->length - at - gone);
    free(t->bytes);
    t->bytes = out;
    t->length += n - gone;
}

static size_t line_start(const struct text *t, size_t at)
{
    while (at > 0 && t->bytes[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_length(const struct text *t, size_t at)
{
    size_t n = 0;
    while (at + n < t->length && t->bytes[at + n] != '\n')
        n++;
    return n + (at + n < t->length);
}

/* Puts an awkward value behind the '=' of the line at hand. */
static void change_value(struct text *t, size_t line, uint32_t which)
{
    static const char *const values[] = {
        "0",          "-1",          "1", "2",   "3",   "-3",    "1000000", "99999999999999999999",
        "2147483647", "-2147483648", "x", "1e9", "0,1", "-1,-2", "",        "relu",
        "mish",       "65536",       "7"};
    size_t length = line_length(t, line);
    const char *equals = memchr(t->bytes + line, '=', length);
    if (!equals)
        return;
    size_t at = (size_t)(equals - t->bytes) + 1;
    size_t end = line + length - (t->bytes[line + length - 1] == '\n');
    const char *value = values[which % (sizeof values / sizeof *values)];
    replace(t, at, end - at, value, strlen(value));
}

static void mutate(struct text *t, uint64_t *seed)
{
    if (t->length == 0)
        return;
    size_t at = next(seed) % t->length, line = line_start(t, at), length = line_length(t, line);
    char byte = (char)next(seed);
    char *copy;
    switch (next(seed) % 8) {
    case 0:
        replace(t, at, 1, &byte, 1);
        break;
    case 1:
        replace(t, line, length, "", 0); /* drop a line */
        break;
    case 2: /* repeat a line elsewhere */
        copy = memory_copy_n(t->bytes + line, length);
        replace(t, line_start(t, next(seed) % t->length), 0, copy, length);
        free(copy);
        break;
    case 3:
        if (next(seed) % 4 == 0)
            replace(t, at, t->length - at, "", 0);
        break;
    default:
        change_value(t, line, next(seed));
    }
}

static void check_holds_together(const struct net *net)
{
    struct table *table = table_make(net);
    assert_int_equal(table->rows_n, net->layers_n);
    assert_in_range(net->score, 0, net->layers_n - 1);
    for (int i = 0; i < net->layers_n; i++) {
        assert_true(net_shape_size(net->layers[i].out) > 0);
        assert_true(net->layers[i].name[0] != '\0');
        for (int k = 0; k < net->layers[i].inputs_n; k++)
            assert_true(net->layers[i].inputs[k] >= NET_INPUT && net->layers[i].inputs[k] < i);
        assert_true(table->rows[i].head_peak_bytes >= table->rows[i].out_bytes);
    }
    table_free(table);

    char *text = net_normalised(net);
    struct error e = {""};
    struct net *again = net_parse(text, strlen(text), "normalised", &e);
    if (!again)
        fail_msg("%s", e.text);
    assert_int_equal(again->layers_n, net->layers_n);
    assert_int_equal(again->score, net->score);
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *a = &net->layers[i], *b = &again->layers[i];
        assert_memory_equal(&a->out, &b->out, sizeof a->out);
        assert_int_equal(a->params, b->params);
        assert_int_equal(a->macs, b->macs);
        assert_int_equal(a->act, b->act);
    }
    net_free(again);
    free(text);
}

/* Returns whether the mutant was read. */
static bool try_mutant(const char *bytes, size_t length, uint64_t seed)
{
    struct text t = {memory_copy_n(bytes, length), length};
    uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
    for (uint32_t n = seed ? 1 + next(&state) % 4 : 0; n > 0; n--)
        mutate(&t, &state);
    struct error e = {""};
    struct net *net = net_parse(t.bytes, t.length, "fuzz.cfg", &e);
    if (net)
        check_holds_together(net);
    else if (strncmp(e.text, "fuzz.cfg:", 9) != 0 || strchr(e.text, '\n'))
        fail_msg("not a message: '%s'", e.text);
    bool read = net != NULL;
    net_free(net);
    free(t.bytes);
    return read;
}

static void test_mutants(void **state)
{
    (void)state;
    DIR *dir = opendir(DARKNET);
    if (!dir) {
        print_message("skipped: " DARKNET " is not there\n");
        skip();
    }
    int read = 0, refused = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        if (!strstr(d->d_name, ".cfg"))
            continue;
        char *path = memory_format(DARKNET "/%s", d->d_name);
        struct text original;
        original.bytes = file_read(path, 1 << 24, &original.length, NULL);
        assert_non_null(original.bytes);
        for (uint64_t round = 0; round < ROUNDS; round++) {
            if (try_mutant(original.bytes, original.length, round))
                read++;
            else
                refused++;
        }
        free(original.bytes);
        free(path);
    }
    closedir(dir);
    print_message("%d mutants read, %d refused\n", read, refused);
    assert_true(read > 100 && refused > 100);
}

/* Every layer and key that only Darknet's forks have. */
static void test_mutants_of_forks(void **state)
{
    (void)state;
    size_t length;
    char *text = file_read("tests/fuzz/seeds/cfg/forks.cfg", 1 << 20, &length, NULL);
    assert_non_null(text);
    int read = 0;
    enum { MUTANTS = 20000 };
    for (uint64_t round = 0; round < MUTANTS; round++)
        read += try_mutant(text, length, round);
    free(text);
    print_message("%d mutants of %d read\n", read, MUTANTS);
    assert_in_range(read, MUTANTS / 20, MUTANTS * 19 / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutants),
                                       cmocka_unit_test(test_mutants_of_forks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
