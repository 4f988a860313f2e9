#include "worker/pictures.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/decode.h"
#include "data/exif.h"
#include "data/fit.h"
#include "data/source.h"
#include "features/jpeg_writer.h"
#include "wire/message.h"
#include "wire/message_pictures.h"

/* One slot of the graph. */
struct pictures_slot {
    bool good;              /* holds an image all of whose numbers are finite */
    long image;             /* its number */
    struct picture_row row; /* what came of it */
    int w, h;               /* of the picture as it is sent */
    unsigned char *pixels;  /* [h][w][c] of the network's c */
    size_t sent;            /* bytes in the present form */
};

struct pictures_job {
    struct session *session;
    struct graph *graph;
    const struct run_options *run;
    struct net_shape in;
    int threads, batch, used;
    float **inputs;              /* [threads] numbers of the network's input each */
    struct pictures_slot *slots; /* [batch] */
    long done;                   /* images of finished batches */
    int64_t told;                /* as session_tell has it */
};

/* ---- Making ------------------------------------------------------------------------------------------- */

static int pictures_threads(const struct run_options *run)
{
    return run->threads > 0 ? run->threads : omp_get_num_procs();
}

int64_t pictures_bytes(const struct net *net, const struct run_options *run, int batch)
{
    int64_t numbers = net_shape_size(net->in);
    return numbers * batch + numbers * (int64_t)sizeof(float) * pictures_threads(run);
}

static void pictures_free(struct pictures_job *j)
{
    for (int t = 0; j->inputs && t < j->threads; t++)
        free(j->inputs[t]);
    for (int slot = 0; j->slots && slot < j->batch; slot++)
        free(j->slots[slot].pixels);
    free(j->inputs);
    free(j->slots);
}

static int pictures_make(struct pictures_job *j, struct error *e)
{
    size_t numbers = (size_t)net_shape_size(j->in);
    bool whole = true;
    j->inputs = memory_new((size_t)j->threads, sizeof *j->inputs);
    j->slots = memory_new((size_t)j->batch, sizeof *j->slots);
    for (int t = 0; t < j->threads; t++)
        whole = (j->inputs[t] = memory_try(numbers, sizeof **j->inputs)) && whole;
    for (int slot = 0; slot < j->batch; slot++)
        whole = (j->slots[slot].pixels = memory_try(numbers, 1)) && whole;
    return whole ? 0 : error_set(e, "no memory for %d pictures (a smaller --batch may do)", j->batch);
}

static int pictures_tell(struct pictures_job *j, struct error *e)
{
    return session_tell(j->session, &j->told, e, "measuring the pictures as JPEG: %ld of %ld images", j->done,
                        j->run->images_n);
}

/* ---- A picture as it is sent --------------------------------------------------------------------------- */

/* The network's input in its place where that has fewer pixels. */
static struct net_shape pictures_shape(const struct pictures_job *j, int w, int h)
{
    bool smaller = (int64_t)w * h <= (int64_t)j->in.w * j->in.h;
    return smaller ? (struct net_shape){j->in.c, h, w} : j->in;
}

/* 8 bits a channel, interleaved, from planes of 0 to 255. */
static void pictures_interleave(const float *planes, struct net_shape shape, unsigned char *pixels)
{
    size_t n = (size_t)shape.w * (size_t)shape.h, channels = (size_t)shape.c;
    for (size_t k = 0; k < channels; k++)
        for (size_t i = 0; i < n; i++) {
            float value = rintf(planes[k * n + i]);
            pixels[i * channels + k] = (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
}

static uint32_t pictures_stored(const struct session *s, long image)
{
    int64_t size = source_size(s->data, image);
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

/* The network's input from the image's own file, and then the picture, of the same bytes. What was not tried
 * for lack of memory, or cannot be read now, has no content: it says nothing about the image. */
static int pictures_load_slot(struct pictures_job *j, int i, float *input, struct error *e)
{
    const struct pixels_options *asked = &j->run->pixels;
    const struct pixels_options plain = {
        .fit = asked->fit, .scale = 255, .std = {1, 1, 1}, .exif = asked->exif};
    struct session *s = j->session;
    struct pictures_slot *slot = &j->slots[i];
    struct content whole, again = {0};
    int w, h;
    if (pixels_load(s->data, slot->image, j->in, asked, s->decoding, input, &whole, e) < 0) {
        slot->row.content = whole;
        return -1;
    }
    graph_set_input(j->graph, i, input);
    if (pixels_size(s->data, slot->image, asked->exif, &w, &h, e) < 0)
        return -1;
    struct net_shape shape = pictures_shape(j, w, h);
    if (pixels_load(s->data, slot->image, shape, &plain, s->decoding, input, &again, e) < 0)
        return -1;
    if (!content_is_same(&again, &whole))
        return error_set(e, "has changed while it was measured");
    pictures_interleave(input, shape, slot->pixels);
    slot->w = shape.w;
    slot->h = shape.h;
    slot->row.content = whole;
    slot->row.stored = pictures_stored(s, slot->image);
    return 0;
}

/* What the server makes of the JPEG. */
static int pictures_send_slot(struct pictures_job *j, struct pictures_slot *slot, int quality, float *input,
                              struct error *e)
{
    struct pixels_options options = j->run->pixels;
    struct decode_picture arrived = {0};
    size_t length;
    unsigned char *jpeg = jpeg_writer_run(slot->pixels, slot->w, slot->h, j->in.c, quality, &length, e);
    if (!jpeg)
        return -1;
    int status = decode_bytes(jpeg, length, &arrived, e);
    free(jpeg);
    slot->sent = length;
    arrived.orientation = EXIF_UPRIGHT;
    if (status == 0)
        status = fit_picture(&arrived, j->in, &options, input, e);
    free(arrived.bytes);
    return status < 0 ? -1 : 0;
}

/* ---- A batch ------------------------------------------------------------------------------------------- */

static void pictures_load(struct pictures_job *j, const long *images, int n)
{
    j->used = n;
#pragma omp parallel for schedule(dynamic) num_threads(j->threads)
    for (int i = 0; i < n; i++) {
        struct pictures_slot *slot = &j->slots[i];
        float *input = j->inputs[omp_get_thread_num()];
        struct error why;
        slot->image = images[i];
        slot->row = (struct picture_row){.image = images[i]};
        slot->good = pictures_load_slot(j, i, input, &why) == 0;
    }
}

static int pictures_send(struct pictures_job *j, int quality, struct error *e)
{
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads(j->threads)
    for (int i = 0; i < j->used; i++) {
        struct pictures_slot *slot = &j->slots[i];
        float *input = j->inputs[omp_get_thread_num()];
        struct error why;
        if (!slot->good)
            continue;
        if (pictures_send_slot(j, slot, quality, input, &why) == 0) {
            graph_set_input(j->graph, i, input);
            continue;
        }
#pragma omp critical
        {
            *e = why;
            failed = -1;
        }
    }
    return failed;
}

/* What the network says of each as JPEG of one quality. */
static void pictures_note(struct pictures_job *j, int quality)
{
    for (int i = 0; i < j->used; i++) {
        struct pictures_slot *slot = &j->slots[i];
        if (slot->good)
            slot->row.sent[quality] =
                (struct picture_sent){(uint32_t)slot->sent, graph_predicted(j->graph, i)};
    }
}

/* Which of the batch count. */
static void pictures_look(struct pictures_job *j)
{
    for (int i = 0; i < j->used; i++) {
        struct pictures_slot *slot = &j->slots[i];
        slot->good = slot->good && graph_not_finite(j->graph, i) < 0;
        slot->row.own = slot->good ? graph_predicted(j->graph, i) : -1;
    }
}

static int pictures_answer(struct pictures_job *j, struct error *e)
{
    int status = 0;
    for (int i = 0; i < j->used && status == 0; i++)
        status = session_send(j->session, message_picture(&j->slots[i].row), e);
    j->done += j->used;
    return status;
}

/* 1: done; 0: abandoned because of a stop; -1 on error. */
static int pictures_batch(struct pictures_job *j, const long *images, int n, struct error *e)
{
    pictures_load(j, images, n);
    if (graph_forward(j->graph, e) < 0)
        return -1;
    pictures_look(j);
    for (int quality = 0; quality < PICTURES_QUALITIES; quality++) {
        if (pictures_tell(j, e) < 0 || pictures_send(j, pictures_qualities[quality], e) < 0 ||
            graph_forward(j->graph, e) < 0)
            return -1;
        if (session_stop_asked(j->session))
            return 0;
        pictures_note(j, quality);
    }
    return pictures_answer(j, e) < 0 ? -1 : 1;
}

/* ---- All of them --------------------------------------------------------------------------------------- */

int pictures_measure(struct session *s, struct graph *graph, const struct run_options *run, struct error *e)
{
    struct pictures_job j = {.session = s,
                             .graph = graph,
                             .run = run,
                             .in = s->net->in,
                             .threads = pictures_threads(run),
                             .batch = graph_batch(graph)};
    session_decode_beside(s, graph);
    int status = pictures_make(&j, e) < 0 ? -1 : 1;
    for (long at = 0; at < run->images_n && status > 0; at += j.batch) {
        long left = run->images_n - at;
        status = session_stop_asked(s)
                     ? 0
                     : pictures_batch(&j, run->images + at, (int)(left < j.batch ? left : j.batch), e);
    }
    if (status >= 0)
        status = session_send(s, message_pictures(j.done), e);
    pictures_free(&j);
    return status;
}
