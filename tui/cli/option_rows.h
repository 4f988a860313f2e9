/* Rows for tables of options: one macro a kind of option, and rows shared by several commands. For files that
 * define a struct option_command. */
#ifndef ISPLIT_CLI_OPTION_ROWS_H
#define ISPLIT_CLI_OPTION_ROWS_H

#include <limits.h>

#include "cli/options.h"
#include "data/pixels.h"
#include "deploy/link.h"
#include "deploy/planner.h"
#include "features/features.h"
#include "net/definition.h"
#include "net/table.h"

/* The members that one kind of option needs; rows can add others: {ROW_TEXT(...), .measures = true}. The
 * field is a member of struct options. */
#define ROW_FIELD(member) .offset = offsetof(struct options, member)
#define ROW_TEXT(l, n, member, a, h)                                                                         \
    .letter = l, .name = n, .kind = OPTION_TEXT, ROW_FIELD(member), .argument = a, .help = h
#define ROW_NUMBER(l, n, member, from, to, h)                                                                \
    .letter = l, .name = n, .kind = OPTION_NUMBER, ROW_FIELD(member), .argument = "N", .help = h,            \
    .min = from, .max = to
#define ROW_BYTES(l, n, member, h)                                                                           \
    .letter = l, .name = n, .kind = OPTION_BYTES, ROW_FIELD(member), .argument = "BYTES", .help = h
#define ROW_REAL(n, member, a, to, h)                                                                        \
    .name = n, .kind = OPTION_REAL, ROW_FIELD(member), .argument = a, .help = h, .max = to
#define ROW_SHARE(n, member, h)                                                                              \
    .name = n, .kind = OPTION_FRACTION, ROW_FIELD(member), .argument = "[P]", .help = h
#define ROW_SHARD(n, member, h)                                                                              \
    .name = n, .kind = OPTION_SHARD, ROW_FIELD(member), .argument = "I/N", .help = h
#define ROW_WORD(n, member, a, w, h)                                                                         \
    .name = n, .kind = OPTION_WORD, ROW_FIELD(member), .argument = a, .help = h, .words = w
#define ROW_THREE(k, n, member, h) .name = n, .kind = k, ROW_FIELD(member), .argument = "R,G,B", .help = h
#define ROW_FLAG(l, n, member, h) .letter = l, .name = n, .kind = OPTION_FLAG, ROW_FIELD(member), .help = h
#define ROWS_COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

extern const char *const options_clean_words[];   /* the first of them, without "all" */
extern const char *const options_list_formerly[]; /* pairs, as words_formerly has them */
extern const char *const options_head_words[];    /* "f32", "int8", NULL */
extern const char *const options_scale_words[];   /* "1", "255", NULL */

/* ---- Rows shared by commands --------------------------------------------------------------- */

#define ROW_LAYERS                                                                                           \
    {                                                                                                        \
        ROW_WORD("layers", measure.layers, "LIST", table_list_words,                                         \
                 "backbone: clean cuts before the classifier\n(default); clean: all clean cuts; all: every " \
                 "layer"),                                                                                   \
            .measures = true, .words_formerly = options_list_formerly                                        \
    }
#define ROW_SPLIT                                                                                            \
    {                                                                                                        \
        ROW_TEXT(0, "split", input.split, "NAME",                                                            \
                 "which part of a train/val/test tree (default: val,\nelse test, else train)"),              \
            .measures = true                                                                                 \
    }
#define ROW_LABELS                                                                                           \
    {                                                                                                        \
        ROW_TEXT(0, "labels", input.labels, "FILE",                                                          \
                 "label file, a name a line: its position is the\nnetwork's output"),                        \
            .measures = true                                                                                 \
    }
#define ROWS_LABELS                                                                                          \
    ROW_LABELS,                                                                                              \
        {ROW_TEXT(0, "truth", input.truth, "FILE",                                                           \
                  "the label of each image: NAME LABEL a line, CSV, or\na label a line in the order of the " \
                  "images"),                                                                                 \
         .measures = true},                                                                                  \
        {ROW_TEXT(0, "root", input.root, "DIR", "where the paths of a list begin (default: its folder)"),    \
         .measures = true},                                                                                  \
    {                                                                                                        \
        ROW_TEXT(0, "names", input.names, "FILE",                                                            \
                 "what the classes are called, a name a line in the\norder of the outputs; labels are "      \
                 "found by --labels"),                                                                       \
            .measures = true                                                                                 \
    }
#define ROW_ENGINES(most, h)                                                                                 \
    {                                                                                                        \
        .name = "engine", .kind = OPTION_TEXTS, ROW_FIELD(engines), .argument = "CMD", .max = most,          \
        .help = h, .measures = true                                                                          \
    }
#define ROW_WORKER_COMMAND                                                                                   \
    ROW_ENGINES(1, "start the worker with this shell command, as in\n'ssh box isplit-engine'")
/* One of them, or several as one: isplit curve and the screen. */
#define ROWS_WORKERS                                                                                         \
    ROW_ENGINES(                                                                                             \
        OPTIONS_ENGINES,                                                                                     \
        "start the worker with this shell command, as in\n'ssh box isplit-engine'; several: one each"),      \
    {                                                                                                        \
        ROW_NUMBER(0, "workers", workers, 1, OPTIONS_WORKERS,                                                \
                   "measure with N workers here, each on cores of its own"),                                 \
            .measures = true                                                                                 \
    }
#define ROW_STORE                                                                                            \
    {                                                                                                        \
        ROW_TEXT(0, "store", store, "FILE",                                                                  \
                 "where measured rows are kept and looked for (default:\n~/.cache/isplit/rows.db)"),         \
            .measures = true                                                                                 \
    }
#define ROW_LINKS                                                                                            \
    {                                                                                                        \
        ROW_TEXT(0, "links", cost_model.links, "FILE",                                                       \
                 "your own links (default: isplit/links in the XDG\nconfig folder)")                         \
    }
#define ROW_HELP                                                                                             \
    {                                                                                                        \
        ROW_FLAG('h', "help", help, "this text")                                                             \
    }

#define ROW_DATA                                                                                             \
    {                                                                                                        \
        ROW_TEXT('d', "data", input.data, "DATA",                                                            \
                 "labelled images: class folders, train/val/test tree,\nTiny-ImageNet, IDX, a list or a "    \
                 ".data file"),                                                                              \
            .measures = true                                                                                 \
    }
#define ROW_CLASSES                                                                                          \
    {                                                                                                        \
        ROW_TEXT('c', "classes", input.classes, "CLASSES",                                                   \
                 "which classes: 'cat,dog,3-7,n0*,!n02,@file'; names,\n"                                     \
                 "globs, indices, ranges, ! takes away, @ reads a file\n"                                    \
                 "or a saved subset")                                                                        \
    }

/* How images become the network's input. */
#define ROWS_PIXELS                                                                                          \
    {ROW_WORD("fit", measure.fit, "HOW", pixels_fit_words,                                                   \
              "crop: shorter side, centre (default);\nstretch; letterbox"),                                  \
     .measures = true},                                                                                      \
        {ROW_WORD("scale", measure.scale, "MAX", options_scale_words,                                        \
                  "pixel values from 0 to 1 (default) or to 255"),                                           \
         .measures = true},                                                                                  \
        {ROW_THREE(OPTION_THREE, "mean", measure.mean,                                                       \
                   "subtracted from the scaled values (default: 0,0,0)"),                                    \
         .measures = true},                                                                                  \
        {ROW_THREE(OPTION_THREE_POSITIVE, "std", measure.std,                                                \
                   "the result is divided by it (default: 1,1,1)"),                                          \
         .measures = true},                                                                                  \
        {ROW_FLAG(0, "bgr", measure.bgr, "channels in the order blue, green, red"), .measures = true},       \
    {                                                                                                        \
        ROW_FLAG(0, "exif", measure.exif, "turn images as their EXIF orientation says"), .measures = true    \
    }
#define ROW_IMAGES                                                                                           \
    {                                                                                                        \
        ROW_NUMBER('n', "images", input.images, 1, LONG_MAX,                                                 \
                   "measure the first N of the order (default: all)")                                        \
    }
#define ROW_SEED                                                                                             \
    {                                                                                                        \
        ROW_NUMBER(0, "seed", input.seed, 0, LONG_MAX, "seed of the order of images (default: 0)")           \
    }
#define ROW_BATCH                                                                                            \
    {                                                                                                        \
        ROW_NUMBER(0, "batch", measure.batch, 1, 4096, "images at a time (default: chosen by the worker)"),  \
            .measures = true                                                                                 \
    }
#define ROW_THREADS                                                                                          \
    {                                                                                                        \
        ROW_NUMBER(0, "threads", measure.threads, 1, 4096, "of the worker (default: all cores)"),            \
            .measures = true                                                                                 \
    }
#define ROW_EXACT                                                                                            \
    {                                                                                                        \
        ROW_FLAG(0, "exact", measure.exact,                                                                  \
                 "convolutions by the direct algorithm, the most exact\none (default: the fastest)"),        \
            .measures = true                                                                                 \
    }
#define ROW_EPSILON                                                                                          \
    {                                                                                                        \
        ROW_WORD("bn-epsilon", measure.bn_epsilon, "WHICH", epsilon_words,                                   \
                 "formula of batch norm: fork, 1/sqrt(v + 1e-5);\ndarknet, 1/(sqrt(v) + 1e-6); header "      \
                 "(default):\nas the version in the weights says, fork for 0.2.5"),                          \
            .measures = true                                                                                 \
    }
#define ROW_MEMORY                                                                                           \
    {                                                                                                        \
        ROW_BYTES(0, "memory", measure.memory,                                                               \
                  "memory that the worker may use, as in 900M or 0.5G\n(default: most of what is free)"),    \
            .measures = true                                                                                 \
    }

/* Which images are measured, and how; for commands and the screen. */
#define ROWS_MEASURING                                                                                       \
    ROW_IMAGES,                                                                                              \
        {ROW_SHARE("until-stable", measure.until_stable,                                                     \
                   "stop when the best split is stable; P: how sure to be\n(default: 0.95)")},               \
        ROW_SEED, ROW_SPLIT, ROWS_LABELS, ROW_LAYERS,                                                        \
        {ROW_WORD("score", measure.score, "WHICH", score_words,                                              \
                  "truth: logit of the labelled class (default);\ntop: of the class that wins"),             \
         .measures = true},                                                                                  \
        {ROW_WORD("reduce", measure.reduce, "HOW", reduce_words, "over channels: mean (default) or sum"),    \
         .measures = true},                                                                                  \
        {ROW_WORD("tap", measure.tap, "SIDE", tap_words,                                                     \
                  "of the layer's activation: post (default) or pre"),                                       \
         .measures = true},                                                                                  \
        ROWS_PIXELS, ROW_BATCH, ROW_THREADS, ROW_EXACT,                                                      \
        {ROW_WORD("precision", measure.precision, "TYPE", precision_words,                                   \
                  "f32 (default), or bf16: faster on processors that\nhave it, and good to 0.02 decade"),    \
         .measures = true},                                                                                  \
        ROW_EPSILON,                                                                                         \
        {ROW_TEXT(                                                                                           \
             0, "tuning", measure.tuning_file, "FILE",                                                       \
             "how the network is computed: kept in FILE (on the\nworker's machine), or done again as FILE "  \
             "says where\nit exists"),                                                                       \
         .measures = true, .formerly = "plan-file"},                                                         \
        ROW_MEMORY

/* Which code trapped energy is of; isplit curve and the screen. */
#define ROW_BOTTLENECK                                                                                       \
    {                                                                                                        \
        ROW_TEXT(                                                                                            \
            0, "bottleneck", bottleneck, "FORM",                                                             \
            "what trapped energy is of: ratio, a fixed share of a\ntensor (default); floats:N, N numbers "   \
            "at every cut")                                                                                  \
    }

/* Deployment and limits; isplit plan and the screen. */
#define ROWS_DEVICES                                                                                         \
    {ROW_TEXT(0, "edge", cost_model.edge, "DEVICE",                                                          \
              "what runs the head: a CSV of isplit profile, or a\nspeed (default: " DEPLOYMENT_EDGE ")")},   \
        {ROW_TEXT(0, "server", cost_model.server, "DEVICE",                                                  \
                  "what runs the tail (default: " DEPLOYMENT_SERVER ")")},                                   \
        {ROW_TEXT(0, "link", cost_model.link, "LINK",                                                        \
                  "what lies between, as isplit link takes it\n(default: " DEPLOYMENT_LINK ")")},            \
        ROW_LINKS
#define ROW_ANSWER                                                                                           \
    {                                                                                                        \
        ROW_BYTES(0, "answer-bytes", cost_model.answer_bytes, "that come back (default: 4 for each class)")  \
    }
#define ROW_JOULES                                                                                           \
    {                                                                                                        \
        ROW_REAL("joule-mac", cost_model.joule_mac, "J", 0,                                                  \
                 "energy of the device for a multiply-add, as in\n5e-11; that of sending is the link's")     \
    }
#define ROWS_LIMITS                                                                                          \
    {ROW_REAL("max-latency", cost_model.max_latency, "MS", 0, "limit of the total time")},                   \
        {ROW_BYTES(0, "max-bytes", cost_model.max_bytes, "limit of what is sent")},                          \
        {ROW_BYTES(0, "max-memory", cost_model.max_memory, "limit of what the head needs on the device")},   \
    {                                                                                                        \
        ROW_REAL("max-energy", cost_model.max_energy, "J", 0, "limit of the device's energy")                \
    }
#define ROWS_DEPLOYMENT                                                                                      \
    ROWS_DEVICES,                                                                                            \
        {ROW_WORD("dtype", cost_model.type, "TYPE", dtype_choices,                                           \
                  "the tensor is sent as f32 (default), f16, int8, int6,\nint5, int4, int3 or int2; auto: "  \
                  "at each cut what\ntakes fewest bytes and loses less than --max-drop"),                    \
         .formerly = "type"},                                                                                \
        {ROW_TEXT(0, "features", cost_model.features_csv, "FILE",                                            \
                  "what isplit features measured: accuracy with what\narrives, and sizes for --coder")},     \
        {ROW_WORD("coder", cost_model.coder, "CODER", coder_words,                                           \
                  "compressed by none (default), zstd or lzma: needs\n--features"),                          \
         .formerly = "zstd", .formerly_meant = "zstd"},                                                      \
        {ROW_REAL("max-drop", cost_model.max_drop, "SHARE", 1,                                               \
                  "of accuracy, for --dtype auto (default: 0.01)")},                                         \
        ROW_ANSWER,                                                                                          \
        {ROW_BYTES(0, "input-bytes", cost_model.input_bytes,                                                 \
                   "of an image that is sent whole (default: the mean of\nthe image files, else 8 bits a "   \
                   "number)")},                                                                              \
        {ROW_WORD("head-dtype", cost_model.head_int8, "TYPE", options_head_words,                            \
                  "the head's weights and activations are f32 (default)\nor int8: what it needs, not how "   \
                  "accurate it is then")},                                                                   \
        ROW_JOULES, ROWS_LIMITS,                                                                             \
        {ROW_NUMBER(0, "min-cui-rank", cost_model.min_cui_rank, 1, INT_MAX,                                  \
                    "the rank by importance must be N or better")},                                          \
        {ROW_REAL("min-accuracy", cost_model.min_accuracy, "SHARE", 1,                                       \
                  "with what arrives, or after retraining; needs\n--features or --evaluation")},             \
    {                                                                                                        \
        ROW_WORD(                                                                                            \
            "optimize", cost_model.objective, "METRIC", metric_words,                                        \
            "recommend the best by: latency, bytes, memory,\nenergy, importance (default) or accuracy"),     \
            .formerly = "wish"                                                                               \
    }

#define ROW_NO_STORE                                                                                         \
    {                                                                                                        \
        ROW_FLAG(0, "no-store", no_store, "neither keep measured rows nor look for them"), .measures = true  \
    }

/* Where rows are read from besides the worker, and kept. */
#define ROWS_KEEPING                                                                                         \
    ROW_STORE, ROW_NO_STORE,                                                                                 \
        {ROW_TEXT(                                                                                           \
            0, "from", from, "FILE",                                                                         \
            "measure nothing: take the rows of a store, or of CSV\n(--images-csv, isplit store export)")},   \
    {                                                                                                        \
        ROW_NUMBER(0, "study", study, 1, LONG_MAX, "with --from: which study of the store")                  \
    }

#endif
