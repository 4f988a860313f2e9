/* The conversation with the worker as a screen leads it, against the made-up worker of the end-to-end tests.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "study/connection.h"

enum { IMAGES = 40 };

struct talk {
    struct connection *n;
    struct curve *curve;
    struct run_options run;
    int layers[5];
    long images[IMAGES];
    int heatmaps;
    char seen[100];       /* of the last heatmap: its error, or what it holds */
    int reported[IMAGES]; /* how often the content of each was told */
    char contents[IMAGES][CONTENT_TEXT_SIZE];
};

static void on_heatmap(void *data, struct heatmap *m)
{
    struct talk *t = data;
    t->heatmaps++;
    if (m->error)
        snprintf(t->seen, sizeof t->seen, "%s", m->error);
    else
        snprintf(t->seen, sizeof t->seen, "image %ld %dx%d maps %d first %dx%d", m->image, m->w, m->h,
                 m->maps_n, m->maps[0].w, m->maps[0].h);
}

static void on_content(void *data, long image, const struct content *content)
{
    struct talk *t = data;
    t->reported[image]++;
    content_to_text(content, t->contents[image]);
}

static void on_measured(void *data, long image, const struct content *content)
{
    struct talk *t = data;
    assert_true(curve_find(t->curve, image) >= 0);
    on_content(data, image, content);
}

static void on_skipped(void *data, long image, const char *reason, const struct content *content)
{
    assert_string_equal(reason, "bad huffman code");
    on_content(data, image, content);
}

static void on_nonfinite(void *data, long image, int layer, const struct content *content)
{
    assert_int_equal(layer, 2);
    on_content(data, image, content);
}

/* One turn of an event loop: sleeps as told by the engine alone. */
static enum connection_end turn(struct talk *t, struct error *e)
{
    struct pollfd fds[3];
    int used = connection_polls(t->n, fds), timeout = connection_timeout(t->n);
    assert_true(used <= 3 && timeout >= 0); /* something is awaited: it must not sleep for ever */
    poll(fds, (nfds_t)used, timeout);
    return connection_step(t->n, 0, e);
}

static void until_idle(struct talk *t)
{
    struct error e;
    while (t->n->state != CONNECTION_IDLE)
        if (turn(t, &e) != CONNECTION_DONE)
            fail_msg("%s", e.text);
}

static enum connection_end until_end(struct talk *t, struct error *e)
{
    enum connection_end end = CONNECTION_DONE;
    while (end == CONNECTION_DONE && (t->n->state != CONNECTION_IDLE || t->n->heatmap))
        end = turn(t, e);
    return end;
}

/* A worker with these options that knows its network and its images. */
static struct talk begin(const char *options)
{
    struct talk t = {.run = run_options_default()};
    struct error e = {""};
    char *command = memory_format("exec tests/e2e/fake_engine.py %s", options);
    t.n = connection_start(command, NULL, &e);
    free(command);
    if (!t.n)
        fail_msg("%s", e.text);
    until_idle(&t);
    assert_int_equal(connection_open(t.n, "a.cfg", "a.weights", EPSILON_HEADER, &e), 0);
    until_idle(&t);
    struct images_request data = {.data = (char[]){"data"}, .stamps = true};
    assert_int_equal(connection_list(t.n, &data, &e), 0);
    until_idle(&t);
    t.curve = curve_new(5, t.n->table->classes, NULL);
    for (int i = 0; i < 5; i++)
        t.layers[i] = i;
    for (int i = 0; i < IMAGES; i++)
        t.images[i] = i;
    return t;
}

static void listen(struct talk *t)
{
    t->n->listener = (struct connection_listener){
        .data = t,
        .skipped = on_skipped,
        .nonfinite = on_nonfinite,
        .heatmap = on_heatmap,
        .measured = on_measured,
        .content = on_content,
    };
}

static void start_run(struct talk *t, long first, long n)
{
    struct error e = {""};
    listen(t);
    t->run.layers = t->layers;
    t->run.layers_n = 5;
    t->run.images = t->images + first;
    t->run.images_n = n;
    if (connection_run(t->n, &t->run, t->curve, &e) < 0)
        fail_msg("%s", e.text);
}

static int ask_heatmap(struct talk *t, long image, struct error *e)
{
    listen(t);
    struct heatmap_request r = {.run = t->run, .image = image, .side = 8};
    r.run.layers = t->layers;
    r.run.layers_n = 5;
    return connection_heatmap(t->n, &r, e);
}

static void end(struct talk *t)
{
    connection_free(t->n);
    curve_free(t->curve);
}

static void a_run_goes_on_after_a_stop(void **state)
{
    (void)state;
    struct error e;
    struct talk t = begin("--delay 5");
    assert_int_equal(connection_timeout(t.n), -1); /* nothing is awaited */
    assert_int_equal(connection_ahead(t.n), 0);
    start_run(&t, 0, IMAGES);
    while (t.n->results < 5)
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_int_equal(connection_ahead(t.n), 3 * 4 + 2);
    assert_int_equal(connection_stop(t.n, &e), 0);
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    long before = t.curve->rows_n;
    assert_true(before >= 5 && before < IMAGES && before == t.n->results);

    struct run_options again = t.run;
    assert_int_equal(connection_run(t.n, &again, t.curve, &e), -1); /* rows it has already */
    start_run(&t, before, IMAGES - before);
    assert_int_equal(t.n->results, 0);
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_int_equal(t.curve->rows_n, IMAGES);
    assert_int_equal(t.n->results, IMAGES - before);
    assert_int_equal(connection_stop(t.n, &e), 0); /* too late: nothing to stop, nothing to wait for */
    assert_int_equal(connection_timeout(t.n), -1);
    end(&t);
}

static void heatmaps_in_and_after_a_run(void **state)
{
    (void)state;
    struct error e;
    struct talk t = begin("--delay 5 --skip 3");
    start_run(&t, 4, IMAGES - 4);
    while (t.n->results < 2)
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_int_equal(ask_heatmap(&t, 6, &e), 0);
    assert_int_equal(ask_heatmap(&t, 7, &e), -1); /* one at a time */
    while (t.heatmaps == 0)
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_true(connection_waits_for(t.n, &request_run));
    assert_false(t.n->heatmap);
    assert_string_equal(t.seen, "image 6 8x8 maps 5 first 8x8");
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_int_equal(t.n->results, IMAGES - 4);

    assert_int_equal(ask_heatmap(&t, 3, &e), 0);
    assert_int_equal(t.n->state, CONNECTION_IDLE);
    struct images_request data = {.data = (char[]){"data"}};
    assert_int_equal(connection_list(t.n, &data, &e), -1); /* not before the answer */
    assert_int_equal(connection_open(t.n, "b.cfg", NULL, EPSILON_HEADER, &e), -1);
    start_run(&t, 0, 4); /* but a run may follow */
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_int_equal(t.heatmaps, 2);
    assert_string_equal(t.seen, "the image cannot be decoded: bad huffman code");
    assert_int_equal(t.curve->rows_n, IMAGES - 1);
    end(&t);
}

static void ask_hash(struct talk *t, long first, long n)
{
    struct error e = {""};
    listen(t);
    if (connection_hash(t->n, t->images + first, n, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(connection_waits_for(t->n, &request_hash));
}

/* The worker was lost for this reason; ends the conversation. */
static void assert_gone(struct talk *t, enum connection_end how, const struct error *e, const char *words)
{
    assert_int_equal(how, CONNECTION_GONE);
    assert_int_equal(t->n->state, CONNECTION_LOST);
    assert_int_equal(connection_timeout(t->n), -1);
    struct pollfd fds[3];
    assert_int_equal(connection_polls(t->n, fds), 0);
    if (!strstr(e->text, words))
        fail_msg("'%s' does not hold '%s'", e->text, words);
    end(t);
}

static void gone(const char *options, const char *words)
{
    struct error e = {""};
    struct talk t = begin(options);
    assert_int_equal(ask_heatmap(&t, 1, &e), 0);
    enum connection_end how = until_end(&t, &e);
    if (how == CONNECTION_DONE) { /* the second answer may come a moment after the first */
        assert_int_equal(ask_heatmap(&t, 2, &e), 0);
        how = until_end(&t, &e);
    }
    assert_gone(&t, how, &e, words);
}

static void sizes_and_times_come_where_asked_for(void **state)
{
    (void)state;
    struct error e = {""};
    struct talk t = begin("--contents-null 3 --changed 4");
    const struct dataset *d = t.n->dataset;
    assert_string_equal(d->place, "/fake");
    assert_true(d->images[2].size == 1002 && d->images[2].mtime_ns == INT64_C(1577836802000000000));
    assert_true(d->images[3].size == -1 && d->images[3].mtime_ns == -1);
    assert_true(d->images[4].mtime_ns == INT64_C(1577836804000000001));

    struct images_request plain = {.data = (char[]){"data"}};
    assert_int_equal(connection_list(t.n, &plain, &e), 0);
    until_idle(&t);
    assert_true(t.n->dataset->images_n == IMAGES && t.n->dataset->images[2].size == -1);
    end(&t);
}

static void a_run_of_no_images_tells_its_tuning(void **state)
{
    (void)state;
    struct error e;
    struct talk t = begin("");
    start_run(&t, 0, 0);
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_string_equal(t.n->tuning.hash, "00000000deadbeef");
    assert_true(t.n->tuning.batch == 4 && t.n->results == 0 && t.curve->rows_n == 0);
    start_run(&t, 0, IMAGES);
    assert_string_equal(t.n->tuning.hash, ""); /* it may be another one */
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_true(t.n->results == IMAGES);
    end(&t);
}

/* Whatever comes of an image, its content is that which a hash told before. */
static void contents_of_a_hash_and_of_a_run_agree(void **state)
{
    (void)state;
    struct error e;
    struct talk t = begin("--skip 3 --nonfinite 5 --contents-null 7 8 --delay 1");
    char hashed[IMAGES][CONTENT_TEXT_SIZE];
    ask_hash(&t, 0, IMAGES);
    assert_int_equal(ask_heatmap(&t, 6, &e), 0); /* beside it */
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_int_equal(t.heatmaps, 1);
    assert_int_equal(t.n->hashed, IMAGES);
    for (int i = 0; i < IMAGES; i++) {
        assert_int_equal(t.reported[i], 1);
        assert_int_equal(strlen(t.contents[i]), i == 7 || i == 8 ? 0 : 32);
        for (int j = 0; j < i; j++)
            assert_true(!t.contents[i][0] || strcmp(t.contents[i], t.contents[j]) != 0);
    }
    memcpy(hashed, t.contents, sizeof hashed);
    memset(t.contents, '?', sizeof t.contents);
    start_run(&t, 0, IMAGES);
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_true(t.n->results == IMAGES - 2 && t.n->skipped == 1 && t.n->nonfinite == 1);
    for (int i = 0; i < IMAGES; i++) {
        assert_int_equal(t.reported[i], 2);
        assert_string_equal(t.contents[i], hashed[i]);
    }
    ask_hash(&t, 0, 0); /* nothing to tell is an answer */
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    assert_int_equal(t.n->hashed, 0);
    end(&t);
}

static void a_hash_ends_at_a_stop(void **state)
{
    (void)state;
    struct error e;
    struct talk t = begin("--delay 5");
    ask_hash(&t, 0, IMAGES);
    while (t.n->hashed < 5)
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_int_equal(connection_stop(t.n, &e), 0);
    assert_int_equal(connection_stop(t.n, &e), 0); /* said once */
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    long reported = t.n->hashed;
    assert_true(reported >= 5 && reported < IMAGES);
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(t.reported[i], i < reported); /* in the order asked for */

    /* The same where one waits in one go and a signal comes. */
    volatile sig_atomic_t signals = 1;
    ask_hash(&t, 10, 30);
    assert_int_equal(connection_wait(t.n, &signals, NULL, NULL, &e), CONNECTION_INTERRUPTED);
    assert_true(t.n->state == CONNECTION_IDLE && t.n->hashed < 30);
    start_run(&t, 0, 4);
    assert_int_equal(until_end(&t, &e), CONNECTION_DONE);
    end(&t);
}

enum { MANY = CONNECTION_HASH + 232 };

static void count_content(void *data, long image, const struct content *content)
{
    unsigned char *reported = data;
    (void)content;
    reported[image]++;
}

static void count_hashes(FILE *requests, int *messages, long *most)
{
    char kind[16];
    long images;
    *messages = 0;
    *most = 0;
    while (fscanf(requests, "%15s %ld", kind, &images) == 2) {
        if (strcmp(kind, "hash") != 0)
            continue;
        ++*messages;
        *most = images > *most ? images : *most;
    }
}

/* More than a message names: each image is told once, in the order asked for. */
static void a_long_hash_is_several_messages(void **state)
{
    (void)state;
    struct error e;
    char path[] = "/tmp/isplit-hash-XXXXXX";
    int messages;
    long most, *images = memory_new(MANY, sizeof *images);
    unsigned char *reported = memory_new(MANY, 1);
    close(mkstemp(path));
    char *options = memory_format("--images %d --requests %s", MANY, path);
    struct talk t = begin(options);
    t.n->listener = (struct connection_listener){.data = reported, .content = count_content};
    for (long i = 0; i < MANY; i++)
        images[i] = MANY - 1 - i;
    assert_int_equal(connection_hash(t.n, images, MANY, &e), 0);
    memset(images, 0, MANY * sizeof *images); /* they are no longer needed */
    until_idle(&t);
    assert_int_equal(t.n->hashed, MANY);
    for (long i = 0; i < MANY; i++)
        assert_int_equal(reported[i], 1);
    FILE *requests = fopen(path, "r");
    count_hashes(requests, &messages, &most);
    assert_true(messages == 2 && most == CONNECTION_HASH);
    fclose(requests);
    unlink(path);
    end(&t);
    free(options);
    free(images);
    free(reported);
}

static void wrong_hash(const char *options, const char *words)
{
    struct error e = {""};
    struct talk t = begin(options);
    ask_hash(&t, 0, 10);
    enum connection_end how = until_end(&t, &e);
    assert_gone(&t, how, &e, words);
}

static void wrong_contents_lose_the_worker(void **state)
{
    (void)state;
    wrong_hash("--hash die", "killed by signal 9");
    wrong_hash("--hash twice", "image 0, which was not asked for or is answered already");
    wrong_hash("--hash unasked", "image 10, which was not asked for or is answered already");
    wrong_hash("--hash short", "it ended the hash after 9 of 10 images");
    wrong_hash("--hash miscount", "it says that it sent 11 contents, 10 arrived");
    wrong_hash("--hash hex", "32 hex digits");
    wrong_hash("--hash result", "'result'");
}

static void wrong_run(const char *options, const char *words)
{
    struct error e = {""};
    struct talk t = begin(options);
    start_run(&t, 0, 3);
    enum connection_end how = until_end(&t, &e);
    assert_gone(&t, how, &e, words);
}

static void rows_without_their_tuning_lose_the_worker(void **state)
{
    (void)state;
    wrong_run("--no-plan", "'result'");
    wrong_run("--two-plans", "'plan'");
}

static void wrong_heatmaps_lose_the_worker(void **state)
{
    (void)state;
    gone("--heatmap die", "killed by signal 9");
    gone("--heatmap other", "heatmap of image 2 (expected 1)");
    gone("--heatmap twice", "heatmap");
}

/* A worker that is stopped keeps its pipe open. The time is put back here, in place of waiting. */
static void silence_is_told(void **state)
{
    (void)state;
    struct error e = {""};
    struct talk t = begin("--slow 1");
    t.n->heard_ms = 0;
    assert_int_equal(connection_silence(t.n), 0); /* nothing is awaited */
    start_run(&t, 0, IMAGES);
    assert_int_equal(connection_silence(t.n), 0);
    assert_int_equal(kill(child_process(t.n->child), SIGSTOP), 0);
    int64_t heard;
    do { /* what it had said before */
        heard = t.n->heard_ms;
        assert_int_equal(connection_step(t.n, 300, &e), CONNECTION_DONE);
    } while (t.n->heard_ms != heard);
    t.n->heard_ms -= 9000;
    long before = connection_silence(t.n); /* unless this process itself had to wait so long */
    t.n->heard_ms -= 3000;
    assert_true(before == 0 || before >= 10);
    assert_true(connection_silence(t.n) >= 12 && connection_timeout(t.n) <= 1000);
    assert_int_equal(connection_step(t.n, 0, &e), CONNECTION_DONE);
    assert_true(connection_silence(t.n) >= 12);
    /* What passed while this program was stopped is no silence of the worker. */
    t.n->stepped_ms -= 60000;
    assert_int_equal(connection_step(t.n, 0, &e), CONNECTION_DONE);
    assert_int_equal(connection_silence(t.n), 0);
    t.n->heard_ms -= 12000;
    assert_int_equal(kill(child_process(t.n->child), SIGCONT), 0);
    long results = t.n->results;
    while (t.n->results == results)
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_int_equal(connection_silence(t.n), 0);
    end(&t);
}

static void late_answers_lose_the_worker(void **state)
{
    (void)state;
    struct error e = {""};
    struct talk t = {.n = connection_start("exec sleep 1000", NULL, &e)};
    assert_non_null(t.n);
    assert_true(t.n->deadline > 0 && connection_timeout(t.n) > 0);
    assert_int_equal(connection_step(t.n, 0, &e), CONNECTION_DONE);
    t.n->deadline = 1; /* long ago */
    assert_int_equal(connection_timeout(t.n), 0);
    assert_int_equal(connection_step(t.n, 0, &e), CONNECTION_GONE);
    assert_string_equal(e.text, "the worker does not answer");
    connection_free(t.n);

    /* Who stops a run to go on later waits for the batch under way, however long it takes; only
     * connection_wait, for one who wants to leave, sets a limit. */
    t = begin("--slow 1000");
    start_run(&t, 0, IMAGES);
    assert_int_equal(t.n->deadline, 0); /* a run may take as long as it likes */
    while (!t.n->tuning.hash[0])
        assert_int_equal(turn(&t, &e), CONNECTION_DONE);
    assert_int_equal(connection_stop(t.n, &e), 0);
    assert_int_equal(t.n->deadline, 0);
    t.n->deadline = 1;
    assert_int_equal(until_end(&t, &e), CONNECTION_GONE);
    assert_true(t.n->late);
    end(&t);
}

static void a_worker_that_dies_idle_is_noticed(void **state)
{
    (void)state;
    struct error e = {""};
    struct talk t = begin("");
    assert_int_equal(t.n->state, CONNECTION_IDLE);
    kill(-child_process(t.n->child), SIGKILL);
    enum connection_end how = CONNECTION_DONE;
    for (int i = 0; i < 1000 && how == CONNECTION_DONE; i++)
        how = connection_step(t.n, 10, &e);
    assert_int_equal(how, CONNECTION_GONE);
    assert_non_null(strstr(e.text, "killed by signal 9"));
    assert_int_equal(t.n->state, CONNECTION_LOST);
    end(&t);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_after_a_stop),
        cmocka_unit_test(heatmaps_in_and_after_a_run),
        cmocka_unit_test(wrong_heatmaps_lose_the_worker),
        cmocka_unit_test(silence_is_told),
        cmocka_unit_test(late_answers_lose_the_worker),
        cmocka_unit_test(a_worker_that_dies_idle_is_noticed),
        cmocka_unit_test(sizes_and_times_come_where_asked_for),
        cmocka_unit_test(a_run_of_no_images_tells_its_tuning),
        cmocka_unit_test(contents_of_a_hash_and_of_a_run_agree),
        cmocka_unit_test(a_hash_ends_at_a_stop),
        cmocka_unit_test(a_long_hash_is_several_messages),
        cmocka_unit_test(wrong_contents_lose_the_worker),
        cmocka_unit_test(rows_without_their_tuning_lose_the_worker),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
