#include "worker/yardstick.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/allowance.h"
#include "net/activations.h"
#include "net/stock.h"
#include "wire/message.h"
#include "worker/darknet.h"

/* Largest difference of a score, as a part of the largest score: two correct programs differ by some 1e-6,
 * with Winograd convolutions by 1e-4. */
#define TOLERANCE 1e-3
#define CACHE_LIMIT ((size_t)4 << 20)
/* What libdarknet touches for a number of the weights and of the outputs, and what it has besides. */
#define NUMBER_BYTES 8
#define FIXED_BYTES ((int64_t)32 << 20)

struct yardstick {
    pid_t pid;
    int answer; /* pipe */
    char *key, *image;
    char text[64]; /* what came through the pipe */
    size_t length;
};

/* ---- What was compared before ------------------------------------------------------------------------- */

static char *yardstick_cache_path(void)
{
    return file_user_path("XDG_CACHE_HOME", ".cache", "compared");
}

static char *yardstick_key(const struct session *s)
{
    return memory_format("isplit %s, cfg %016" PRIx64 ", weights %016" PRIx64 "%s", ISPLIT_VERSION,
                         net_hash(s->net), s->weights_info.xxh3,
                         s->weights_info.epsilon == EPSILON_FORK ? ", fork" : "");
}

/* A line is the key, a colon and the outcome. */
static bool yardstick_knows(const char *key)
{
    size_t length, n = strlen(key);
    char *path = yardstick_cache_path(), *text = path ? file_read(path, CACHE_LIMIT, &length, NULL) : NULL;
    bool known = false;
    for (const char *line = text; line && !known; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        known = strncmp(line, key, n) == 0 && line[n] == ':';
    free(text);
    free(path);
    return known;
}

/* One write, so that lines of several programs do not mix. */
static void yardstick_remember(const char *key, double difference)
{
    char *path = yardstick_cache_path(), *line = memory_format("%s: %.3g\n", key, difference);
    int fd = path && file_make_folders(path, NULL) == 0
                 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666)
                 : -1;
    if (fd >= 0) {
        ssize_t ignored = write(fd, line, strlen(line));
        (void)ignored;
        close(fd);
    }
    free(line);
    free(path);
}

/* ---- The worker's side ----------------------------------------------------------------------------------
 */

/* Debian's libdarknet computes 1x1 convolutions with a stride or padding wrongly (engine/README.md), and
 * lacks what its forks have. */
static bool computes_alike(const struct net *net)
{
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *l = &net->layers[i];
        if (l->kind == NET_CONVOLUTIONAL && l->size == 1 && (l->stride > 1 || l->pad > 0))
            return false;
    }
    char *lacks = net_stock_lacks(net);
    free(lacks);
    return !lacks;
}

static bool has_memory(const struct session *s)
{
    int64_t numbers = 0;
    for (int i = 0; i < s->net->layers_n; i++)
        numbers += s->net->layers[i].params + net_shape_size(s->net->layers[i].out);
    int64_t needed = numbers * NUMBER_BYTES + FIXED_BYTES;
    return needed < allowance_left("") / 2 &&
           (s->asked.memory <= 0 || needed < graph_decoding_bytes(s->graph));
}

/* The input's pixels and the graph's scores, as a file in memory; -1 where it cannot be made. */
static int make_input(struct session *s, long image, const struct pixels_options *pixels)
{
    size_t in = (size_t)net_shape_size(s->net->in), out = (size_t)s->net->classes;
    float *numbers = memory_try(in + out, sizeof *numbers);
    struct error e;
    if (!numbers || pixels_load(s->data, image, s->net->in, pixels, s->decoding, numbers, NULL, &e) < 0) {
        free(numbers);
        return -1;
    }
    memcpy(numbers + in, graph_scores(s->graph), out * sizeof *numbers);
    int fd = memfd_create("yardstick", MFD_CLOEXEC);
    size_t bytes = (in + out) * sizeof *numbers;
    if (fd >= 0 && (write(fd, numbers, bytes) != (ssize_t)bytes || lseek(fd, 0, SEEK_SET) < 0)) {
        close(fd);
        fd = -1;
    }
    free(numbers);
    return fd;
}

/* 0 or an error's number. */
static int start(const struct session *s, int input, int output, pid_t *pid)
{
    /* posix_spawn's arguments are not const, but only read. */
    char *epsilon = (char *)(uintptr_t)epsilon_words[s->weights_info.epsilon];
    char *const arguments[] = {
        (char[]){"isplit-engine"}, (char[]){YARDSTICK_ARGUMENT}, s->net->path, s->weights, epsilon, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int status = posix_spawn(pid, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* Takes over the key. */
static struct yardstick *yardstick_start(struct session *s, long image, int input, char *key)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        free(key);
        return NULL;
    }
    int status = start(s, input, ends[1], &pid);
    close(ends[1]);
    if (status != 0) {
        close(ends[0]);
        free(key);
        return NULL;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    struct yardstick *y = memory_new(1, sizeof *y);
    *y = (struct yardstick){
        .pid = pid, .answer = ends[0], .key = key, .image = memory_copy(s->data->images[image].path)};
    return y;
}

void yardstick_begin(struct session *s, long image, const struct pixels_options *pixels)
{
    if (s->yardstick || s->asked.precision != PRECISION_F32 || !computes_alike(s->net) ||
        graph_not_finite(s->graph, 0) >= 0 || !has_memory(s))
        return;
    char *key = yardstick_key(s);
    int input = yardstick_knows(key) ? -1 : make_input(s, image, pixels);
    if (input < 0) {
        free(key);
        return;
    }
    s->yardstick = yardstick_start(s, image, input, key);
    close(input);
}

/* Of a process that came to its end. */
static int yardstick_tell(struct session *s, const struct yardstick *y, struct error *e)
{
    double difference;
    char *words = NULL;
    if (sscanf(y->text, "%lf", &difference) != 1)
        return session_send(s,
                            message_log(false,
                                        "libdarknet's own forward pass came to no end: the scores are not "
                                        "compared with it"),
                            e);
    bool differs = !(difference <= TOLERANCE);
    yardstick_remember(y->key, difference);
    /* Said first what it means: a narrow screen shows no more. */
    if (differs)
        words =
            memory_format("%s: the scores differ from those of libdarknet's own forward pass by %.2g of the "
                          "largest (expected less than 0.001): one of the two reads this network wrongly",
                          y->image, difference);
    else
        words = memory_format(
            "libdarknet's own forward pass gives the same scores, within %.2g of the largest, for %s",
            difference, y->image);
    int status = session_send(s, message_log(differs, words), e);
    free(words);
    return status;
}

static void yardstick_free(struct yardstick *y)
{
    kill(y->pid, SIGKILL);
    while (waitpid(y->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(y->answer);
    free(y->key);
    free(y->image);
    free(y);
}

int yardstick_look(struct session *s, struct error *e)
{
    struct yardstick *y = s->yardstick;
    if (!y)
        return 0;
    ssize_t n = read(y->answer, y->text + y->length, sizeof y->text - 1 - y->length);
    if (n > 0)
        y->length += (size_t)n;
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return 0;
    s->yardstick = NULL;
    int status = yardstick_tell(s, y, e);
    yardstick_free(y);
    return status;
}

void yardstick_end(struct session *s)
{
    if (s->yardstick)
        yardstick_free(s->yardstick);
    s->yardstick = NULL;
}

/* ---- The other process ----------------------------------------------------------------------------------
 */

/* The largest difference as a part of the largest number; infinite where one is not a number. */
static double yardstick_compare(const float *ours, const float *theirs, size_t n)
{
    double largest = 0, difference = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)ours[i] - (double)theirs[i]);
        if (!isfinite(d))
            return INFINITY;
        difference = fmax(difference, d);
        largest = fmax(largest, fabs((double)theirs[i]));
    }
    return largest > 0 ? difference / largest : difference;
}

static int compare_net(const struct net *net, const char *weights, bool fork, double *difference,
                       struct error *e)
{
    size_t in = (size_t)net_shape_size(net->in), scores = (size_t)net->classes;
    size_t out = (size_t)net_shape_size(net->layers[net->score].out);
    float *numbers = memory_new(in + scores, sizeof *numbers);
    float *ours = numbers + in + (scores - out); /* of the two of one output the latter is the output */
    struct darknet *d = darknet_open(net, weights, e);
    int status = d && fread(numbers, sizeof *numbers, in + scores, stdin) == in + scores ? 0 : -1;
    if (status == 0) {
        if (fork)
            darknet_fold_variances(d);
        darknet_predict(d, numbers);
        if (net_score_is_before_activation(net))
            activations[net->layers[net->score].act].values(out, ours, ours);
        *difference = yardstick_compare(ours, darknet_output(d, net->score), out);
    }
    darknet_close(d);
    free(numbers);
    return status;
}

int yardstick_main(int argc, char **argv)
{
    struct error e;
    double difference;
    if (argc != 5)
        return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int priority = nice(19), out = dup(STDOUT_FILENO);
    (void)priority;
    /* libdarknet prints what it reads. */
    if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return 1;
    struct net *net = net_read(argv[2], &e);
    int status =
        net ? compare_net(net, argv[3], strcmp(argv[4], epsilon_words[EPSILON_FORK]) == 0, &difference, &e)
            : -1;
    net_free(net);
    return status < 0 || dprintf(out, "%.9g\n", difference) < 0 ? 1 : 0;
}
