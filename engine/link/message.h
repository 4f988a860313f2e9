/* The messages of PROTOCOL.md, both ways: message_X builds, message_X_read takes apart and checks every
 * field. Builders return a new JSON value for channel_queue or channel_send (NULL where a number is not
 * finite); readers fill plain structs, return 0 or -1, and leave nothing new to free after -1. */
#ifndef ISPLIT_LINK_MESSAGE_H
#define ISPLIT_LINK_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/content.h"
#include "data/dataset.h"
#include "data/pixels.h"
#include "model/definition.h"
#include "model/features.h"
#include "model/table.h"
#include "split/split.h"

enum message_type {
    MESSAGE_HELLO,
    MESSAGE_OPEN,
    MESSAGE_IMAGES,
    MESSAGE_RUN,
    MESSAGE_STOP,
    MESSAGE_HEATMAP,
    MESSAGE_HASH,
    MESSAGE_SPLIT,
    MESSAGE_PROFILE,
    MESSAGE_FEATURES,
    MESSAGE_LAYERS,
    MESSAGE_SKIPPED,
    MESSAGE_DATASET,
    MESSAGE_PLAN,
    MESSAGE_PROGRESS,
    MESSAGE_RESULT,
    MESSAGE_NONFINITE,
    MESSAGE_DONE,
    MESSAGE_CONTENTS,
    MESSAGE_HASHED,
    MESSAGE_LOG,
    MESSAGE_ERROR,
};

/* A line as a JSON object of a known type; json_decref() it. NULL where it is not. */
json_t *message_parse(const char *line, size_t length, enum message_type *type, struct error *e);

/* hello: the front end sends only the protocol's number, the worker everything. */
struct message_versions {
    int protocol;
    char version[64], darknet[64], onednn[64], stb[64], isa[64];
};
json_t *message_hello(void);
int message_hello_read(const json_t *message, int *protocol, struct error *e);
json_t *message_versions(const struct message_versions *versions);
int message_versions_read(const json_t *message, struct message_versions *versions, struct error *e);

/* open; weights may be NULL. The strings read are new. */
json_t *message_open(const char *cfg, const char *weights);
int message_open_read(const json_t *message, char **cfg, char **weights, struct error *e);

/* images, as a request; the strings read are new, images_request_free frees them. */
struct images_request {
    char *data, *split, *labels; /* split, labels: NULL where not given */
    bool probe;                  /* decode every image too */
    bool stamps;                 /* tell size and time of every image's file too */
};
json_t *message_images_request(const struct images_request *request);
int message_images_request_read(const json_t *message, struct images_request *request, struct error *e);
void images_request_free(struct images_request *request);

/* run; the arrays read are new, run_options_free frees them. */
enum score { SCORE_TRUTH, SCORE_TOP };
enum reduce { REDUCE_MEAN, REDUCE_SUM };
enum tap { TAP_POST, TAP_PRE };
enum precision { PRECISION_F32, PRECISION_BF16 };
extern const char *const score_words[];     /* "truth", "top", NULL */
extern const char *const reduce_words[];    /* "mean", "sum", NULL */
extern const char *const tap_words[];       /* "post", "pre", NULL */
extern const char *const precision_words[]; /* "f32", "bf16", NULL */
extern const char *const pixels_fit_words[];       /* "crop", "stretch", "letterbox", NULL: enum pixels_fit */
#define RUN_PATH_MAX 4096                      /* as long as paths can be */
struct run_options {
    enum score score;
    enum reduce reduce;
    enum tap tap;
    struct pixels_options pixels;
    int batch, threads;            /* 0: the worker's choice */
    bool exact;                    /* no algorithm that rounds more than it has to */
    enum precision precision;  /* of what the network's numbers are kept as */
    int64_t memory;                /* bytes the worker may use; 0: its choice */
    char plan_file[RUN_PATH_MAX]; /* the plan is kept there, or made after it; empty: none */
    int *layers;                   /* [layers_n] ascending; the columns of every result */
    int layers_n;
    long *images; /* [images_n] in measuring order */
    long images_n;
};
struct run_options run_options_default(void);
json_t *message_run(const struct run_options *options);
int message_run_read(const json_t *message, struct run_options *options, struct error *e);
void run_options_free(struct run_options *options);

json_t *message_stop(void);

/* hash: which contents do these images have; the array read is new. */
json_t *message_hash(const long *images, long n);
int message_hash_read(const json_t *message, long **images, long *n, struct error *e);

/* heatmap, as a request: one image, measured as a run with these options would. What is sent back has at most
 * `side` pixels on its longest side. The layers read are new, heatmap_request_free frees them. A request that
 * is wrong elsewhere still gives its image. */
#define HEATMAP_SIDE_LIMIT 512 /* more than a terminal shows, and hundreds of maps fit into one line */
struct heatmap_request {
    struct run_options run; /* its images are passed over */
    long image;
    int side;
};
json_t *message_heatmap_request(const struct heatmap_request *request);
int message_heatmap_request_read(const json_t *message, struct heatmap_request *request, struct error *e);
void heatmap_request_free(struct heatmap_request *request);

/* layers; weights_xxh3 NULL where none were opened. The hashes read are texts of 16 hex digits, the one
 * of the weights empty where there are none. */
json_t *message_layers(const struct table *table, uint64_t cfg_xxh3, const uint64_t *weights_xxh3);
struct table *message_layers_read(const json_t *message, char cfg_xxh3[17], char weights_xxh3[17],
                                  struct error *e);

/* images, as a portion of the answer: images first..first+n-1, with sizes and times where `stamps` were asked
 * for (both sides know). Reading appends to a data set that begins
 * as a zeroed struct from memory_new, message_dataset_read completes it, and dataset_free frees it, also
 * half read. */
json_t *message_portion(const struct dataset *d, long first, long n, bool stamps);
int message_portion_read(const json_t *message, struct dataset *d, bool stamps, struct error *e);
json_t *message_dataset(const struct dataset *d);
int message_dataset_read(const json_t *message, struct dataset *d, struct error *e);

json_t *message_skipped(long image, const char *reason, const struct content *content);
int message_skipped_read(const json_t *message, long *image, const char **reason, struct content *content,
                         struct error *e);

struct message_plan {
    char hash[17];
    int batch, threads;
};
json_t *message_plan(uint64_t hash, int batch, int threads);
int message_plan_read(const json_t *message, struct message_plan *plan, struct error *e);

json_t *message_progress(const char *what);
int message_progress_read(const json_t *message, const char **what, struct error *e);

/* result; NaN in the row: that layer has no gradient of its own (null on the pipe). */
struct message_result {
    long image;
    int top;
    float score;
    struct content content;
};
json_t *message_result(const struct message_result *result, const float *row, int row_n);
int message_result_read(const json_t *message, struct message_result *result, float *row, int row_n,
                        struct error *e);

/* heatmap, as the answer. The memory read is new, heatmap_free frees it (also of a zeroed struct). */
struct heatmap_map {
    int layer;
    float importance; /* I_l, as a result's row holds it */
    int w, h;
    float max;            /* what a byte of 255 stands for; 0: the map is 0 everywhere */
    unsigned char *bytes; /* [h][w] M_ij, linear */
};
struct heatmap {
    long image;
    char *error;            /* why there is no map; then nothing below is set. Else NULL */
    int top;                /* the class that won */
    float score, top_score; /* of the class that was followed back, of the one that won */
    int w, h;
    unsigned char *rgb;       /* [h][w][3] the image as the network sees it */
    struct heatmap_map *maps; /* [maps_n] by layer, ascending; layers without a gradient have none */
    int maps_n;
};
json_t *message_heatmap(const struct heatmap *heatmap);
int message_heatmap_read(const json_t *message, struct heatmap *heatmap, struct error *e);
void heatmap_free(struct heatmap *heatmap);

json_t *message_nonfinite(long image, int layer, const struct content *content);
int message_nonfinite_read(const json_t *message, long *image, int *layer, struct content *content,
                           struct error *e);

json_t *message_done(long images);
int message_done_read(const json_t *message, long *images, struct error *e);

/* contents, a portion of the answer to hash; the array read is new. */
struct message_content {
    long image;
    struct content content;
};
json_t *message_contents(const struct message_content *items, long n);
int message_contents_read(const json_t *message, struct message_content **items, long *n, struct error *e);

/* hashed, the end of that answer: how many contents were told. */
json_t *message_hashed(long images);
int message_hashed_read(const json_t *message, long *images, struct error *e);

json_t *message_log(bool warning, const char *text);
int message_log_read(const json_t *message, bool *warning, const char **text, struct error *e);

/* split, as a request: the halves of the network that is open, in a folder of the worker's machine. What is
 * read is new, partition_request_free frees it. */
#define SPLIT_INPUTS_LIMIT 4096
struct partition_request {
    int layer;
    char *folder;
    bool force;                          /* replace an earlier split there */
    char cfg_xxh3[17], weights_xxh3[17]; /* as the layers message told them: neither file has changed since */
    int inputs;                          /* how many are run through the halves and the whole */
    long *images; /* [images_n] of these, the first that can be decoded; none: made up */
    long images_n;
    struct pixels_options pixels;
};
json_t *message_split_request(const struct partition_request *request);
int message_split_request_read(const json_t *message, struct partition_request *request, struct error *e);
void partition_request_free(struct partition_request *request);

/* split, as the answer: the files are there, and head then tail gave the same bits as the whole. */
struct partition_answer {
    int layer;
    bool lead;   /* the tail begins with a layer of its own, see split_needs_lead */
    int inputs;  /* compared */
    bool images; /* these were images */
    struct {
        int64_t bytes;
        char xxh3[17];
    } files[SPLIT_FILES];
};
json_t *message_split(const struct partition_answer *split);
int message_split_read(const json_t *message, struct partition_answer *split, struct error *e);

/* profile, as a request: how long each layer of the network that is open takes, forward, with one image. */
#define PROFILE_RUNS_LIMIT 10000
enum profile_runtime { PROFILE_DARKNET, PROFILE_ONEDNN };
extern const char *const profile_runtime_words[]; /* "darknet", "onednn", NULL */
enum profile_basis { PROFILE_CALM, PROFILE_PROCESSOR, PROFILE_ALL };
extern const char *const profile_basis_words[]; /* "undisturbed", "processor", "all", NULL */
struct profile_request {
    enum profile_runtime runtime; /* whose forward pass */
    int threads;                  /* 0: the worker's choice */
    int runs;                     /* at least so many */
};
json_t *message_profile_request(const struct profile_request *request);
int message_profile_request_read(const json_t *message, struct profile_request *request, struct error *e);

/* What a network takes of the memory in the runtime that runs it, in bytes: its input is counted, what the
 * worker held before is not. */
struct profile_memory {
    int64_t loaded;   /* allocated when it was loaded */
    int64_t peak;     /* most allocated in a forward pass, as seen after each layer */
    int64_t resident; /* most that was written to, in whole pages; -1 where the system does not tell */
};

/* profile, as the answer. The arrays read are new, profile_free frees them (also of a zeroed struct).
 */
struct profile {
    enum profile_runtime runtime;
    int threads;
    int runs;                  /* of the whole network, and as many layer by layer */
    char processor[80];        /* its name; empty where the system does not tell */
    enum profile_basis basis;  /* of the medians: passes no program cut into; processor time; all passes */
    float whole_ms[2];         /* of the whole forward pass: median, 95th percentile */
    float *median_ms, *p95_ms; /* [layers_n] */
    int layers_n;
    struct profile_memory footprint;
};
json_t *message_profile(const struct profile *profile);
int message_profile_read(const json_t *message, struct profile *profile, struct error *e);
void profile_free(struct profile *profile);

/* features, as a request: what the clean cuts of the network that is open send, and what becomes of its
 * answers. The arrays read are new, features_request_free frees them. */
#define FEATURES_LEVEL_LIMIT 19 /* zstd's last three take hundreds of megabytes a thread */
struct features_request {
    int *layers; /* [layers_n] ascending: the cuts after them */
    int layers_n;
    long *images; /* [images_n] measured, in this order */
    long images_n;
    long *calibration; /* [calibration_n] give the range of int8; none of them is measured */
    long calibration_n;
    int level; /* of zstd */
    struct pixels_options pixels;
    int batch, threads; /* 0: the worker's choice */
    bool exact;
    int64_t memory; /* as in run_options */
};
json_t *message_features_request(const struct features_request *request);
int message_features_request_read(const json_t *message, struct features_request *request, struct error *e);
void features_request_free(struct features_request *request);

/* features, as the answer. The rows read are new, measured_features_free frees them (also of a zeroed struct).
 */
struct measured_feature {
    int layer;
    enum feature_type type;
    int64_t packed; /* bytes with zstd, of all images together */
    float
        deviation; /* of one image's: the standard deviation, n - 1; 0 where there are fewer than 2 images */
    int64_t clipped; /* numbers that are beyond the type's range, of all images */
    long correct;    /* images whose labelled class wins with what arrives */
    long agrees;     /* images where the same class wins as with the tensor itself */
    float scale;     /* of int8; else 1 and 0 */
    int zero;
};
struct measured_features {
    long images;                  /* measured: 0 where it was stopped before */
    long calibrated;              /* gave the range */
    long correct;                 /* of the images, by the network as it is */
    char zstd[32];                /* its version */
    struct measured_feature *rows; /* [rows_n] by layer as asked, then by type */
    int rows_n;
};
json_t *message_features(const struct measured_features *features);
int message_features_read(const json_t *message, struct measured_features *features, struct error *e);
void measured_features_free(struct measured_features *features);

json_t *message_error(const char *text);
int message_error_read(const json_t *message, const char **text, struct error *e);

#endif
