/* A whole worker, but for libdarknet: it answers the input's lines. */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "wire/channel.h"
#include "worker/darknet.h"
#include "worker/session.h"
#include "worker/yardstick.h"

struct darknet *darknet_open(const struct net *net, const char *weights, struct error *e)
{
    (void)net, (void)weights;
    error_set(e, "there is no libdarknet here");
    return NULL;
}

struct darknet *darknet_open_file(const struct net *net, const char *weights, struct error *e)
{
    return darknet_open(net, weights, e);
}

/* Never called, as nothing is opened. */
void darknet_close(struct darknet *d)
{
    (void)d;
}

void darknet_predict(struct darknet *d, const float *x)
{
    (void)d, (void)x;
}

void darknet_predict_traced(struct darknet *d, const float *x, graph_after_call *after, void *user)
{
    (void)d, (void)x, (void)after, (void)user;
}

const float *darknet_output(const struct darknet *d, int layer)
{
    (void)d, (void)layer;
    return NULL;
}

void darknet_fold_variances(struct darknet *d)
{
    (void)d;
}

/* It would start this program again. */
void yardstick_begin(struct session *s, long image, const struct pixels_options *pixels)
{
    (void)s, (void)image, (void)pixels;
}

int yardstick_look(struct session *s, struct error *e)
{
    (void)s, (void)e;
    return 0;
}

void yardstick_end(struct session *s)
{
    (void)s;
}

/* Paths that lead out of the folder would make it walk through the machine, and write to it. */
static bool leads_out(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] == '\\' || data[i] == '%' || (data[i] == '/' && (i == 0 || !islower(data[i - 1]))) ||
            (data[i] == '.' && i + 1 < size && data[i + 1] == '.'))
            return true;
    return false;
}

/* The network and the images of the seeds. */
static void make_files(void)
{
    static const char grey[] = "P5 4 4 255\n0123456789abcdef";
    static const char *const names[] = {"data/a/0.pgm", "data/a/1.pgm", "data/a/2.pgm", "data/b/0.pgm",
                                        "data/b/1.pgm", "data/b/2.pgm", "data/b/3.pgm"};
    char *path = fuzz_path("net.cfg"), *text = net_normalised(fuzz_net());
    fuzz_write(path, (const uint8_t *)text, strlen(text));
    free(path);
    free(text);
    path = fuzz_path("net.weights");
    float weights[5 + 82] = {0};
    ((int32_t *)weights)[1] = 2;
    fuzz_write(path, (const uint8_t *)weights, sizeof weights);
    free(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        path = fuzz_path(names[i]);
        fuzz_write(path, (const uint8_t *)grey, sizeof grey - 1 - (i == 6));
        free(path);
    }
    path = fuzz_path("");
    FUZZ_CHECK(chdir(path) == 0);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int out = -1;
    struct error e;
    if (out < 0) {
        out = open("/dev/null", O_WRONLY);
        make_files();
    }
    if (leads_out(data, size))
        return 0;
    int in = open(fuzz_file(data, size), O_RDONLY);
    struct channel *channel = channel_new(in, out, 1 << 20);
    session_serve(channel, &e);
    channel_free(channel);
    close(in);
    return 0;
}
