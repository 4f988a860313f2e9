/* Checkpoints: what was written comes back to the bit, all else is refused, and the old one outlives a write
 * that fails. Kept features: as many as fit. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "train/cache.h"
#include "train/checkpoint.h"

enum { FLOATS = 5000, PARTS = 2 };

static const struct content key = {.high = 1, .low = 2, .known = true};
static char folder[] = "/tmp/isplit-checkpoint-XXXXXX";
static char *path;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    path = memory_format("%s/c", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    free(path);
    return rmdir(folder);
}

struct saved {
    int64_t place[CHECKPOINT_PLACES];
    float states[PARTS][FLOATS];
};

static void fill(struct saved *s, int seed)
{
    for (int i = 0; i < CHECKPOINT_PLACES; i++)
        s->place[i] = (int64_t)seed << 40 | i;
    for (int p = 0; p < PARTS; p++)
        for (int i = 0; i < FLOATS; i++)
            s->states[p][i] = (float)(seed * 31 + p * 7 + i) / 3;
}

static int save(const struct saved *s, struct error *e)
{
    const float *const states[] = {s->states[0], s->states[1]};
    return checkpoint_write(path, &key, s->place, states, PARTS, FLOATS, e);
}

static int restore(struct saved *s, const struct content *of, struct error *e)
{
    float *const states[] = {s->states[0], s->states[1]};
    return checkpoint_read(path, of, s->place, states, PARTS, FLOATS, e);
}

static void expect_refused(const struct content *of, const char *word)
{
    static struct saved got;
    struct error e = {""};
    assert_int_equal(restore(&got, of, &e), -1);
    if (!strstr(e.text, word))
        fail_msg("'%s' does not say '%s'", e.text, word);
    assert_null(strchr(e.text, '\n'));
}

static void test_round_trip(void **state)
{
    (void)state;
    static struct saved a, b;
    struct error e;
    unlink(path);
    assert_int_equal(checkpoint_look(path, &key, &e), 1);
    assert_int_equal(restore(&b, &key, &e), 1);
    fill(&a, 3);
    assert_int_equal(save(&a, &e), 0);
    assert_int_equal(checkpoint_look(path, &key, &e), 0);
    assert_int_equal(restore(&b, &key, &e), 0);
    assert_memory_equal(&a, &b, sizeof a);
}

/* Of one state alone, the other is a copy. */
static void test_one_state(void **state)
{
    (void)state;
    static struct saved a, b;
    struct error e;
    const float *const one[] = {a.states[0]};
    fill(&a, 3);
    fill(&b, 4);
    assert_int_equal(checkpoint_write(path, &key, a.place, one, 1, FLOATS, &e), 0);
    assert_int_equal(restore(&b, &key, &e), 0);
    assert_memory_equal(a.place, b.place, sizeof a.place);
    assert_memory_equal(a.states[0], b.states[0], sizeof a.states[0]);
    assert_memory_equal(a.states[0], b.states[1], sizeof a.states[0]);
}

static void test_other_training(void **state)
{
    (void)state;
    static struct saved a;
    struct error e;
    const struct content others[] = {{.high = 1, .low = 3}, {.high = 0, .low = 2}};
    fill(&a, 3);
    save(&a, &e);
    for (size_t i = 0; i < 2; i++) {
        expect_refused(&others[i], "another training");
        assert_int_equal(checkpoint_look(path, &others[i], &e), -1);
    }
    float *const one[] = {a.states[0]};
    assert_int_equal(checkpoint_read(path, &key, a.place, one, 1, FLOATS, &e), -1);
    float *const two[] = {a.states[0], a.states[1]};
    assert_int_equal(checkpoint_read(path, &key, a.place, two, PARTS, FLOATS - 1, &e), -1);
}

static void write_bytes(const void *bytes, size_t n, const void *more, size_t more_n)
{
    FILE *f = fopen(path, "wb");
    fwrite(bytes, 1, n, f);
    fwrite(more, 1, more_n, f);
    fclose(f);
}

/* Every byte counts, and every length. */
static void test_damaged(void **state)
{
    (void)state;
    static struct saved a, got;
    struct error e;
    size_t length;
    fill(&a, 3);
    save(&a, &e);
    char *bytes = file_read(path, SIZE_MAX, &length, &e);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i += i < 200 ? 1 : 1009) {
        bytes[i] ^= 16;
        write_bytes(bytes, length, "", 0);
        bytes[i] ^= 16;
        if (restore(&got, &key, &e) != -1)
            fail_msg("byte %zu may be anything", i);
    }
    for (size_t n = 0; n < length; n += n < 200 ? 1 : 1009) {
        write_bytes(bytes, n, "", 0);
        assert_int_equal(restore(&got, &key, &e), -1);
    }
    write_bytes(bytes, length, "\0", 1);
    expect_refused(&key, "damaged");
    write_bytes(bytes, 50, "", 0); /* not even a head */
    expect_refused(&key, "it ends early");
    enum { AT_VERSION = 8, AT_ONE = 12 };
    for (size_t at = AT_VERSION; at <= AT_ONE; at += AT_ONE - AT_VERSION) {
        bytes[at]++;
        write_bytes(bytes, length, "", 0);
        expect_refused(&key, "another version of isplit, or of another kind of machine");
        bytes[at]--;
    }
    free(bytes);
}

static void test_no_checkpoint(void **state)
{
    (void)state;
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 1000; i++)
        fputs("some text ", f);
    fclose(f);
    expect_refused(&key, "is no checkpoint");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(&key, "no regular file");
    unlink(path);
}

/* As a full disk: the file may not become as large. */
static void test_full_disk(void **state)
{
    (void)state;
    static struct saved a, b, got;
    struct error e;
    struct rlimit all, few;
    fill(&a, 3);
    fill(&b, 4);
    assert_int_equal(save(&a, &e), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &all);
    few = (struct rlimit){.rlim_cur = FLOATS, .rlim_max = all.rlim_max};
    setrlimit(RLIMIT_FSIZE, &few);
    int status = save(&b, &e);
    setrlimit(RLIMIT_FSIZE, &all);
    assert_int_equal(status, -1);
    assert_non_null(strstr(e.text, "cannot write"));
    assert_int_equal(restore(&got, &key, &e), 0);
    assert_memory_equal(&a, &got, sizeof a);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing half written is left */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void test_cache(void **state)
{
    (void)state;
    struct cache *c = cache_new(10, 100, 10 * 100 * 4);
    assert_int_equal(cache_kept(c), 10);
    assert_int_equal(cache_bytes(c), 4000);
    cache_at(c, 9)[99] = 5;
    assert_ptr_equal(cache_at(c, 3), cache_at(c, 0) + 300);
    assert_null(cache_at(c, 10));
    cache_free(c);
    c = cache_new(10, 100, 4 * 100 * 4 + 399);
    assert_int_equal(cache_kept(c), 4);
    assert_non_null(cache_at(c, 3));
    assert_null(cache_at(c, 4));
    cache_free(c);
    c = cache_new(10, 100, -1);
    assert_int_equal(cache_kept(c), 0);
    assert_null(cache_at(c, 0));
    cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_other_training),
        cmocka_unit_test(test_one_state),     cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_no_checkpoint), cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_cache),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
