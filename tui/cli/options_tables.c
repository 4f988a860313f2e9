#include "cli/options.h"

#include <limits.h>

#include "cli/docs.h"
#include "client/deployment.h"
#include "link/message.h"
#include "model/link.h"

#define FIELD(name) offsetof(struct options, name)
#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

#define TEXT(letter, name, field, argument, help)                                                            \
    {                                                                                                        \
        letter, name, OPTION_TEXT, FIELD(field), argument, help, NULL, 0, 0                                  \
    }
#define NUMBER(letter, name, field, min, max, help)                                                          \
    {                                                                                                        \
        letter, name, OPTION_NUMBER, FIELD(field), "N", help, NULL, min, max                                 \
    }
#define BYTES(letter, name, field, help)                                                                     \
    {                                                                                                        \
        letter, name, OPTION_BYTES, FIELD(field), "BYTES", help, NULL, 0, 0                                  \
    }
#define REAL(name, field, argument, max, help)                                                               \
    {                                                                                                        \
        0, name, OPTION_REAL, FIELD(field), argument, help, NULL, 0, max                                     \
    }
#define SHARE(name, field, help)                                                                             \
    {                                                                                                        \
        0, name, OPTION_SHARE, FIELD(field), "[P]", help, NULL, 0, 0                                         \
    }
#define SHARD(name, field, help)                                                                             \
    {                                                                                                        \
        0, name, OPTION_SHARD, FIELD(field), "I/N", help, NULL, 0, 0                                         \
    }
#define WORD(name, field, argument, words, help)                                                             \
    {                                                                                                        \
        0, name, OPTION_WORD, FIELD(field), argument, help, words, 0, 0                                      \
    }
#define THREE(kind, name, field, help)                                                                       \
    {                                                                                                        \
        0, name, kind, FIELD(field), "R,G,B", help, NULL, 0, 0                                               \
    }
#define FLAG(letter, name, field, help)                                                                      \
    {                                                                                                        \
        letter, name, OPTION_FLAG, FIELD(field), NULL, help, NULL, 0, 0                                      \
    }

static const char *const clean_words[] = {"features", "clean", NULL};       /* the first of enum table_list */
static const char *const list_words[] = {"features", "clean", "all", NULL}; /* enum table_list */
static const char *const scale_words[] = {"1", "255", NULL};
const char *const options_theme_words[] = {"auto", "dark", "light", "mono", NULL};

#define LAYERS                                                                                               \
    WORD("layers", measure.layers, "LIST", list_words,                                                               \
         "features: clean cuts before the classifier\n(default); clean: all clean cuts; all: every layer")
#define SPLIT                                                                                                \
    TEXT(0, "split", input.split, "NAME",                                                                          \
         "which part of a train/val/test tree (default: val,\nelse test, else train)")
#define LABELS                                                                                               \
    TEXT(0, "labels", input.labels, "FILE", "label file, a name a line: its position is the\nnetwork's output")
#define ENGINE                                                                                               \
    TEXT(0, "engine", engine, "CMD",                                                                         \
         "start the worker with this shell command, as in\n'ssh box isplit-engine'")
#define STORE                                                                                                \
    TEXT(0, "store", rows.store, "FILE",                                                                          \
         "where measured rows are kept and looked for (default:\n~/.cache/isplit/rows.db)")
#define LINKS                                                                                                \
    TEXT(0, "links", deploy.links, "FILE", "your own links (default: isplit/links in the XDG\nconfig folder)")
#define HELP FLAG('h', "help", help, "this text")

#define DATA                                                                                                 \
    TEXT('d', "data", input.data, "DATA",                                                                          \
         "labelled images: class folders, train/val/test tree,\nTiny-ImageNet, IDX, a list or a .data file")
#define CLASSES                                                                                              \
    TEXT('c', "classes", input.classes, "CLASSES",                                                                 \
         "which classes: 'cat,dog,3-7,n0*,!n02,@file'; names,\n"                                             \
         "globs, indices, ranges, ! takes away, @ reads a file")
/* How images become the network's input. */
#define PIXELS                                                                                               \
    WORD("fit", measure.fit, "HOW", run_fit_words, "crop: shorter side, centre (default);\nstretch; letterbox"),     \
        WORD("scale", measure.scale, "MAX", scale_words, "pixel values from 0 to 1 (default) or to 255"),            \
        THREE(OPTION_THREE, "mean", measure.mean, "taken off the scaled values (default: 0,0,0)"),                   \
        THREE(OPTION_THREE_POSITIVE, "std", measure.std, "what is left is divided by it (default: 1,1,1)"),          \
        FLAG(0, "bgr", measure.bgr, "channels in the order blue, green, red")
#define IMAGES NUMBER('n', "images", input.images, 1, LONG_MAX, "measure the first N of the order (default: all)")
#define SEED NUMBER(0, "seed", input.seed, 0, LONG_MAX, "seed of the order of images (default: 0)")
#define BATCH NUMBER(0, "batch", measure.batch, 1, 4096, "images at a time (default: chosen by the worker)")
#define THREADS NUMBER(0, "threads", measure.threads, 1, 4096, "of the worker (default: all cores)")
#define EXACT                                                                                                \
    FLAG(0, "exact", measure.exact,                                                                                  \
         "convolutions by the direct algorithm, the most exact\none (default: the fastest)")
#define MEMORY                                                                                               \
    BYTES(0, "memory", measure.memory, "that the worker may use, as in 900M or 0.5G (default:\nmost of what is free)")
/* Which images are measured, and how; in batch and on the screen. */
#define MEASURING                                                                                            \
    IMAGES,                                                                                                  \
        SHARE("until-stable", measure.until_stable,                                                                  \
              "stop when the best split is stable; P: how sure to be\n(default: 0.95)"),                     \
        SEED, SPLIT, LABELS, LAYERS,                                                                         \
        WORD("score", measure.score, "WHICH", run_score_words,                                                       \
             "truth: logit of the labelled class (default);\ntop: of the class that wins"),                  \
        WORD("reduce", measure.reduce, "HOW", run_reduce_words, "over channels: mean (default) or sum"),             \
        WORD("tap", measure.tap, "SIDE", run_tap_words, "of the layer's activation: post (default) or pre"), PIXELS, \
        BATCH, THREADS, EXACT,                                                                               \
        WORD("precision", measure.precision, "TYPE", run_precision_words,                                            \
             "f32 (default), or bf16: faster on processors that\nhave it, and good to 0.02 decade"),         \
        TEXT(0, "plan-file", measure.plan_file, "FILE",                                                              \
             "how the network is computed: kept in FILE (on the\nworker's machine), or done again as FILE "  \
             "says where\nit exists"),                                                                       \
        MEMORY
/* Where the halves are to run, and what they may take there; isplit plan and the screen. */
#define DEPLOYMENT                                                                                           \
    TEXT(0, "edge", deploy.edge, "DEVICE",                                                                          \
         "what runs the head: a CSV of isplit profile, or a\nspeed (default: " DEPLOYMENT_EDGE ")"),         \
        TEXT(0, "server", deploy.server, "DEVICE", "what runs the tail (default: " DEPLOYMENT_SERVER ")"),          \
        TEXT(0, "link", deploy.link, "LINK",                                                                        \
             "what lies between, as isplit link takes it\n(default: " DEPLOYMENT_LINK ")"),                  \
        LINKS,                                                                                               \
        WORD("type", deploy.type, "TYPE", feature_words, "the tensor is sent as f32 (default), f16 or int8"),       \
        TEXT(0, "features", deploy.features_csv, "FILE",                                                            \
             "what isplit features measured: accuracy with what\narrives, and sizes for --zstd"),            \
        FLAG(0, "zstd", deploy.zstd, "and compressed: needs --features"),                                           \
        BYTES(0, "answer-bytes", deploy.answer_bytes, "that come back (default: 4 for each class)"),                \
        BYTES(0, "input-bytes", deploy.input_bytes,                                                                 \
              "of an image that is sent whole, as of a JPEG file\n(default: its pixels as TYPE)"),           \
        REAL("joule-mac", deploy.joule_mac, "J", 0,                                                                 \
             "energy of the device for a multiply-add, as in\n5e-11; that of sending is the link's"),        \
        REAL("max-latency", deploy.max_latency, "MS", 0, "limit of the total time"),                                \
        BYTES(0, "max-bytes", deploy.max_bytes, "limit of what is sent"),                                           \
        BYTES(0, "max-memory", deploy.max_memory, "limit of what the head needs on the device"),                    \
        REAL("max-energy", deploy.max_energy, "J", 0, "limit of the device's energy"),                              \
        NUMBER(0, "min-cui-rank", deploy.min_cui_rank, 1, INT_MAX, "the rank by importance must be N or better"),   \
        REAL("min-accuracy", deploy.min_accuracy, "SHARE", 1, "with what arrives; needs --features"),               \
        WORD("wish", deploy.wish, "FIGURE", choice_words,                                                           \
             "recommend the best by: latency, bytes, memory,\nenergy, importance (default) or accuracy")
/* Where rows come from beside the worker, and stay. */
#define KEEPING                                                                                              \
    STORE, FLAG(0, "no-store", rows.no_store, "neither keep measured rows nor look for them"),                    \
        TEXT(0, "from", rows.from, "FILE",                                                                        \
             "measure nothing: take the rows of a store, or of CSV\n(--images-csv, isplit store export)"),   \
        NUMBER(0, "study", rows.study, 1, LONG_MAX, "with --from: which study of the store")

const char *const options_measuring[] = {
    "data",      "split",  "labels", "layers",   "score",  "reduce",  "tap",   "fit",
    "scale",     "mean",   "std",    "bgr",      "batch",  "threads", "exact", "precision",
    "plan-file", "memory", "store",  "no-store", "engine", NULL,
};

static const struct option_entry curve_entries[] = {
    DATA,
    CLASSES,
    TEXT(0, "subsets", input.subsets, "FILE",
         "a curve for each line 'name = CLASSES' of the file,\nall from one run; adds the column subset"),
    MEASURING,
    SHARD(
        "shard", input.shard,
        "measure the I-th of N shares of these images; isplit\nstore merge joins what was measured of each"),
    KEEPING,
    TEXT('o', "output", output.path, "FILE", "the curve as CSV (default: standard output)"),
    TEXT(0, "images-csv", output.images_csv, "FILE", "a row for each image, in measuring order"),
    TEXT(0, "classes-csv", output.classes_csv, "FILE", "a row for each class"),
    FLAG(0, "chart", output.chart, "a table with bars on standard output; CSV then only\nwith -o"),
    ENGINE,
    HELP,
};

const struct option_command options_curve = {
    .name = "curve",
    .synopsis = "isplit curve CFG WEIGHTS -d DATA [OPTIONS]\nisplit curve FILE.data [OPTIONS]\n"
                "isplit curve --from FILE [OPTIONS]",
    .summary = "Measures the importance of every layer on labelled images and writes the\n"
               "curve as CSV. A .data file with the keys cfg and weights names everything.",
    .notes = "Beside every FILE of CSV stands FILE.meta.csv, which says how it was made.\n"
             "What was measured is kept, and not measured again (isplit store --help).\n"
             "Exit status: 0 done; 1 bad input; 2 wrong usage; 3 the worker was lost;\n"
             "130 interrupted (what was measured is written).",
    .entries = curve_entries,
    .entries_n = COUNT(curve_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry layers_entries[] = {
    LAYERS,
    TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)"),
    ENGINE,
    HELP,
};

const struct option_command options_layers = {
    .name = "layers",
    .synopsis = "isplit layers CFG [OPTIONS]",
    .summary = "Writes the layer table of a network as CSV: shapes, sizes, and what each cut\n"
               "sends and costs. Needs no weights.",
    .entries = layers_entries,
    .entries_n = COUNT(layers_entries),
    .arguments_min = 1,
    .arguments_max = 1,
};

static const struct option_entry data_entries[] = {SPLIT, LABELS, ENGINE, HELP};

const struct option_command options_data = {
    .name = "data",
    .synopsis = "isplit data DATA [CFG] [OPTIONS]",
    .summary = "Shows what was found in DATA: layout, split, classes with their counts, which\n"
               "folder is which output of the network, and what cannot be decoded.",
    .entries = data_entries,
    .entries_n = COUNT(data_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry screen_entries[] = {
    DATA,
    CLASSES,
    MEASURING,
    KEEPING,
    DEPLOYMENT,
    FLAG(0, "ascii", screen.ascii, "plain characters only, whatever the locale says"),
    WORD("theme", screen.theme, "THEME", options_theme_words,
         "dark, light or mono (without colours); auto: as left\nlast time (default)"),
    FLAG(0, "no-color", screen.no_color, "no colours, as with NO_COLOR in the environment"),
    FLAG(0, "mouse", screen.mouse, "take clicks and the wheel (m turns it on and off)"),
    FLAG(0, "no-state", screen.no_state, "neither read nor keep subsets, marks and settings"),
    TEXT(0, "dump", screen.dump, "WxH",
         "print one frame of W columns and H rows as text,\nwithout a terminal, when everything is measured"),
    TEXT(0, "script", screen.script, "KEYS",
         "keys pressed before that, named as in the help:\n'3 / \"cat\" Enter Space'"),
    ENGINE,
    HELP,
};

const struct option_command options_screen = {
    .name = "screen",
    .unnamed = true,
    .synopsis = "isplit [CFG WEIGHTS -d DATA | FILE.data | --from FILE] [OPTIONS]",
    .summary = "Shows the importance curve on the terminal while it is measured: choose classes,\n"
               "compare, look at images, mark splits, export. Without arguments: the demo.",
    .notes = "The key ? tells all keys. Exit status as of isplit curve.",
    .entries = screen_entries,
    .entries_n = COUNT(screen_entries),
    .arguments_min = 0,
    .arguments_max = 2,
};

const char *const options_store_words[] = {"ls", "verify", "rm", "merge", "export", NULL};

static const struct option_entry store_entries[] = {
    STORE,
    FLAG(0, "all", everything, "rm: every study"),
    TEXT('o', "output", output.path, "FILE",
         "ls: as CSV (default: a table on standard output);\nexport: where the rows go"),
    HELP,
};

const struct option_command options_store = {
    .name = "store",
    .synopsis = "isplit store ls [-o FILE]\n"
                "isplit store verify\n"
                "isplit store rm ID... | --all\n"
                "isplit store merge FILE...\n"
                "isplit store export [ID] -o FILE",
    .summary = "Looks after the file of measured rows. A study is what was measured of one\n"
               "network with one plan and the same options on one set of images. ls lists\n"
               "studies; verify checks the whole file; rm removes studies; merge takes in the\n"
               "studies of other stores; export writes the rows of a study as CSV.",
    .notes = "Exit status: 0 done; 1 a fault was found, or bad input; 2 wrong usage.",
    .words = options_store_words,
    .entries = store_entries,
    .entries_n = COUNT(store_entries),
    .arguments_min = 1,
    .arguments_max = -1,
};

static const struct option_entry split_entries[] = {
    TEXT(0, "at", cut.at, "LAYER",
         "where: a layer's number or name, as isplit layers\ntells them, or best: the best candidate of "
         "the curve"),
    TEXT('o', "output", output.path, "DIR",
         "where head.cfg, head.weights, tail.cfg, tail.weights\nand split.csv go; made where it does not "
         "exist"),
    FLAG(0, "force", cut.force, "replace an earlier split in DIR"),
    NUMBER(0, "check", cut.compared, 1, SPLIT_INPUTS_LIMIT,
           "on how many inputs head and tail are compared with\nthe whole network (default: 8)"),
    TEXT(0, "curve", input.curve_csv, "FILE",
         "for best: a curve that isplit curve wrote; else it is\nmeasured on DATA"),
    TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several"),
    DATA,
    CLASSES,
    MEASURING,
    STORE,
    FLAG(0, "no-store", rows.no_store, "neither keep measured rows nor look for them"),
    ENGINE,
    HELP,
};

const struct option_command options_split = {
    .name = "split",
    .synopsis = "isplit split CFG WEIGHTS --at LAYER|NAME|best -o DIR [OPTIONS]\n"
                "isplit split FILE.data --at LAYER|NAME|best -o DIR [OPTIONS]",
    .summary = "Cuts a network after a layer into two networks, the head and the tail, which\n"
               "stock Darknet runs. They get their names only after libdarknet has run head then\n"
               "tail and the whole network and found the same bits: on images of DATA, or on\n"
               "made-up inputs where there is no DATA.",
    .notes = "Exit status: 0 done; 1 bad input, or the network cannot be cut there; 2 wrong\n"
             "usage; 3 the worker was lost; 130 interrupted. Nothing is written unless it is\n"
             "0.",
    .entries = split_entries,
    .entries_n = COUNT(split_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry link_entries[] = {
    LINKS,
    HELP,
};

const struct option_command options_link = {
    .name = "link",
    .synopsis = "isplit link [LINK [BYTES]] [OPTIONS]",
    .summary = "Writes as CSV which links are known, with the source of their figures, or how\n"
               "long one of them takes to bring BYTES to the other side. LINK is a name, a name\n"
               "with changes (wifi,rtt=40,loss=0.01) or keys alone (bandwidth=2,rtt=100).",
    .notes = "Keys: bandwidth (Mbit/s), rtt (ms), loss (share of packets), mtu and header\n"
             "(bytes of a packet), transport (tcp, resent), slow_start (0, 1), energy (J a\n"
             "byte), and in FILE like (a link that gives the rest); there each [name] begins a\n"
             "link.",
    .entries = link_entries,
    .entries_n = COUNT(link_entries),
    .arguments_min = 0,
    .arguments_max = 2,
    .words = link_preset_words,
};

static const struct option_entry profile_entries[] = {
    WORD("runtime", profile.runtime, "WHICH", profile_runtime_words,
         "darknet: libdarknet's own forward pass (default);\nonednn: that of isplit's own plan"),
    NUMBER(0, "threads", measure.threads, 1, 4096, "of onednn (default: all cores); darknet has one"),
    NUMBER(0, "runs", profile.runs, 1, PROFILE_RUNS_LIMIT, "at least so many, and 2 seconds (default: 20)"),
    TEXT('o', "output", output.path, "FILE", "the times as CSV (default: standard output)"),
    ENGINE,
    HELP,
};

const struct option_command options_profile = {
    .name = "profile",
    .synopsis = "isplit profile CFG WEIGHTS [OPTIONS]\nisplit profile FILE.data [OPTIONS]",
    .summary = "Writes as CSV how long each layer takes on this machine (the worker's, with\n"
               "--engine): forward, one image, median and 95th percentile in ms. The whole\n"
               "network and the network layer by layer take turns; a warning says where the sum\n"
               "of the layers' medians is not within 5 % of the whole network's.",
    .notes = "Beside FILE stands FILE.meta.csv, which says how it was made, with sum_ms,\n"
             "whole_ms and the memory that the network takes (model_bytes, memory_*_bytes).\n"
             "Exit status: 0 done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130\n"
             "interrupted (nothing is written).",
    .entries = profile_entries,
    .entries_n = COUNT(profile_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry features_entries[] = {
    DATA,
    CLASSES,
    IMAGES,
    NUMBER(
        0, "calibrate", features.calibrate, 1, LONG_MAX,
        "the first N images give the range of int8 and are not\nmeasured (default: 64, at most a quarter)"),
    NUMBER(0, "level", features.level, 1, 19, "of zstd (default: 3)"),
    SEED,
    SPLIT,
    LABELS,
    WORD("layers", measure.layers, "LIST", clean_words,
         "features: clean cuts before the classifier\n(default); clean: all clean cuts"),
    PIXELS,
    BATCH,
    THREADS,
    EXACT,
    MEMORY,
    TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)"),
    ENGINE,
    HELP,
};

const struct option_command options_features = {
    .name = "features",
    .synopsis = "isplit features CFG WEIGHTS -d DATA [OPTIONS]\nisplit features FILE.data [OPTIONS]",
    .summary = "Measures on images what each cut sends: bytes as f32, f16 and int8, plain and\n"
               "with zstd, and how often the network is right, and answers as before, when its\n"
               "tail is given what arrives. Every tensor is decoded again and compared.",
    .notes = "Beside FILE stands FILE.meta.csv, which says how it was made. Exit status:\n"
             "0 done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130 interrupted (what\n"
             "was measured is written).",
    .entries = features_entries,
    .entries_n = COUNT(features_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry plan_entries[] = {
    TEXT(0, "curve", input.curve_csv, "FILE", "importance as isplit curve wrote it"),
    TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several"),
    DEPLOYMENT,
    DATA,
    CLASSES,
    MEASURING,
    KEEPING,
    TEXT('o', "output", output.path, "FILE", "the plan as CSV (default: a table on standard output)"),
    ENGINE,
    HELP,
};

const struct option_command options_plan = {
    .name = "plan",
    .synopsis = "isplit plan CFG WEIGHTS [-d DATA | --curve FILE] [OPTIONS]\n"
                "isplit plan FILE.data [OPTIONS]\n"
                "isplit plan --from FILE [OPTIONS]",
    .summary = "Weighs every cut: time of head, transfer and tail, bytes, memory, energy,\n"
               "importance and accuracy; says which hold the limits and why others do not, which\n"
               "are on the Pareto front, and recommends one, with the runner-up and how close it\n"
               "is.",
    .notes = "Exit status: 0 done; 1 bad input, or no cut holds the limits; 2 wrong usage;\n"
             "3 the worker was lost; 130 interrupted.",
    .entries = plan_entries,
    .entries_n = COUNT(plan_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry docs_entries[] = {HELP};

const struct option_command options_docs = {
    .name = "docs",
    .synopsis = "isplit docs man|bash|zsh|keys|markdown",
    .summary = "Prints what is made from the program's own tables: the manual page, completions\n"
               "for bash and zsh, the keys as lines key, name, help, views separated by tabs, or\n"
               "as a Markdown table.",
    .words = docs_words,
    .entries = docs_entries,
    .entries_n = COUNT(docs_entries),
    .arguments_min = 1,
    .arguments_max = 1,
};
