/* The bar of the batch commands: the time that is left runs down while a batch is under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "commands/console.h"

enum { MS_OF_BATCH = 1000 };

/* The seconds of the last "ETA m:ss" in the file; -1: none. */
static long eta_in(FILE *file)
{
    char text[65536];
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    long minutes, seconds, last = -1;
    for (const char *at = text; (at = strstr(at, "ETA ")); at++)
        if (sscanf(at, "ETA %ld:%ld", &minutes, &seconds) == 2)
            last = 60 * minutes + seconds;
    fseek(file, 0, SEEK_END);
    return last;
}

static void wait_ms(int64_t ms)
{
    for (int64_t end = clock_ms() + ms; clock_ms() < end;)
        usleep(10000);
}

/* 10 of 100 came in a second, so that 9 s are left; then nothing comes for a while. */
static void test_the_time_left_runs_down(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    struct console *c = console_new(true);
    console_begin(c, 0);
    int64_t began = clock_ms();
    wait_ms(MS_OF_BATCH);
    console_progress(c, "measuring", 10, 100, 0);
    long whole = (long)(9 * (clock_ms() - began) / 1000), first = eta_in(file), later = first;
    for (int64_t end = clock_ms() + 3 * MS_OF_BATCH; clock_ms() < end && later >= first;
         later = eta_in(file)) {
        wait_ms(200);
        console_progress(c, "measuring", 10, 100, 0);
    }
    dup2(kept, STDERR_FILENO);
    close(kept);
    console_free(c);
    fclose(file);
    assert_in_range(first, 8, whole + 1);
    assert_in_range(later, 0, first - 1);
}

/* What one of them writes to the stream, which is standard error or the only one. */
static void write_hostile(int which, FILE *out)
{
    static const char *const text = "a\033]0;x\007\n";
    struct console *c = console_new(true);
    if (which == 0)
        console_say(c, "%s", text);
    else if (which == 1)
        console_warn(c, "%s", text);
    else if (which == 2)
        console_note(c, "%s", text);
    else if (which == 3)
        console_progress(c, text, 1, 2, 0);
    else
        console_print(out, "%s", text);
    console_free(c);
}

static void test_texts_from_outside(void **state)
{
    (void)state;
    enum { WRITERS = 5 };
    for (int i = 0; i < WRITERS; i++) {
        char text[1000];
        FILE *file = tmpfile();
        assert_non_null(file);
        fflush(stderr);
        int kept = dup(STDERR_FILENO);
        dup2(fileno(file), STDERR_FILENO);
        write_hostile(i, file);
        fflush(stderr);
        dup2(kept, STDERR_FILENO);
        close(kept);
        rewind(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        if (!strstr(text, "a\\x1b]0;x\\x07\\n") || strstr(text, "\033]") || strchr(text, '\007'))
            fail_msg("%d: %s", i, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_time_left_runs_down),
        cmocka_unit_test(test_texts_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
