/* The options of the screen and of each command. */
#include "cli/option_rows.h"
#include "model/profile.h"
#include "split/request.h"

const char *const options_list_words[] = {"backbone", "clean", "all", NULL};
const char *const options_clean_words[] = {"backbone", "clean", NULL};
const char *const options_list_formerly[] = {"features", "backbone", NULL};
const char *const options_scale_words[] = {"1", "255", NULL};
const char *const options_theme_words[] = {"auto", "dark", "light", "mono", NULL};

static const struct option_entry curve_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    {ROW_TEXT(
        0, "subsets", input.subsets, "FILE",
        "a curve for each line 'name = CLASSES' of the file,\nall from one run; adds the column subset")},
    ROWS_MEASURING,
    {ROW_SHARD(
        "shard", input.shard,
        "measure the I-th of N shares of these images; isplit\nstore merge joins what was measured of each")},
    ROWS_KEEPING,
    {ROW_TEXT('o', "output", output.path, "FILE", "the curve as CSV (default: standard output)")},
    {ROW_TEXT(0, "images-csv", output.images_csv, "FILE", "a row for each image, in measuring order")},
    {ROW_TEXT(0, "classes-csv", output.classes_csv, "FILE", "a row for each class")},
    {ROW_FLAG(0, "chart", output.chart, "a table with bars on standard output; CSV then only\nwith -o")},
    ROW_ENGINE,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(curve_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry layers_entries[] = {
    ROW_LAYERS,
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROW_ENGINE,
    ROW_HELP,
};

const struct option_command options_layers = {
    .name = "layers",
    .synopsis = "isplit layers CFG [OPTIONS]",
    .summary = "Writes the layer table of a network as CSV: shapes, sizes, and what each cut\n"
               "sends and costs. Needs no weights.",
    .entries = layers_entries,
    .entries_n = ROWS_COUNT(layers_entries),
    .arguments_min = 1,
    .arguments_max = 1,
};

static const struct option_entry data_entries[] = {ROW_SPLIT, ROW_LABELS, ROW_ENGINE, ROW_HELP};

const struct option_command options_data = {
    .name = "data",
    .synopsis = "isplit data DATA [CFG] [OPTIONS]",
    .summary = "Shows what was found in DATA: layout, split, classes with their counts, which\n"
               "folder is which output of the network, and what cannot be decoded.",
    .entries = data_entries,
    .entries_n = ROWS_COUNT(data_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry screen_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROWS_KEEPING,
    ROWS_DEPLOYMENT,
    {ROW_FLAG(0, "ascii", screen.ascii, "plain characters only, whatever the locale says")},
    {ROW_WORD("theme", screen.theme, "THEME", options_theme_words,
              "dark, light or mono (without colours); auto: as left\nlast time (default)")},
    {ROW_FLAG(0, "no-color", screen.no_color, "no colours, as with NO_COLOR in the environment")},
    {ROW_FLAG(0, "mouse", screen.mouse, "take clicks and the wheel (m turns it on and off)")},
    {ROW_FLAG(0, "no-state", screen.no_state, "neither read nor keep subsets, marks and settings")},
    {ROW_TEXT(
        0, "dump", screen.dump, "WxH",
        "print one frame of W columns and H rows as text,\nwithout a terminal, when everything is measured")},
    {ROW_TEXT(0, "script", screen.script, "KEYS",
              "keys pressed before that, named as in the help:\n'3 / \"cat\" Enter Space'")},
    ROW_ENGINE,
    ROW_HELP,
};

const struct option_command options_screen = {
    .name = "screen",
    .unnamed = true,
    .synopsis = "isplit [CFG WEIGHTS -d DATA | FILE.data | --from FILE] [OPTIONS]",
    .summary = "Shows the importance curve on the terminal while it is measured: choose classes,\n"
               "compare, look at images, mark splits, export. Without arguments: the demo.",
    .notes = "The key ? tells all keys. Exit status as of isplit curve.",
    .entries = screen_entries,
    .entries_n = ROWS_COUNT(screen_entries),
    .arguments_min = 0,
    .arguments_max = 2,
};

const char *const options_store_words[] = {"ls", "verify", "rm", "merge", "export", NULL};

static const struct option_entry store_entries[] = {
    ROW_STORE,
    {ROW_FLAG(0, "all", everything, "rm: every study")},
    {ROW_TEXT('o', "output", output.path, "FILE",
              "ls: as CSV (default: a table on standard output);\nexport: where the rows go")},
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(store_entries),
    .arguments_min = 1,
    .arguments_max = -1,
};

static const struct option_entry split_entries[] = {
    {ROW_TEXT(0, "at", cut.at, "LAYER",
              "where: a layer's number or name, as isplit layers\ntells them, or best: the best candidate of "
              "the curve")},
    {ROW_TEXT(
        'o', "output", output.path, "DIR",
        "where head.cfg, head.weights, tail.cfg, tail.weights\nand split.csv go; made where it does not "
        "exist")},
    {ROW_FLAG(0, "force", cut.force, "replace an earlier split in DIR")},
    {ROW_NUMBER(0, "check", cut.compared, 1, SPLIT_INPUTS_LIMIT,
                "on how many inputs head and tail are compared with\nthe whole network (default: 8)")},
    {ROW_TEXT(0, "curve", input.curve_csv, "FILE",
              "for best: a curve that isplit curve wrote; else it is\nmeasured on DATA")},
    {ROW_TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several")},
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROW_STORE,
    {ROW_FLAG(0, "no-store", rows.no_store, "neither keep measured rows nor look for them"),
     .measures = true},
    ROW_ENGINE,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(split_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry link_entries[] = {
    ROW_LINKS,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(link_entries),
    .arguments_min = 0,
    .arguments_max = 2,
    .words = link_preset_words,
};

static const struct option_entry profile_entries[] = {
    {ROW_WORD("runtime", profile.runtime, "WHICH", profile_runtime_words,
              "darknet: libdarknet's own forward pass (default);\nonednn: that of isplit's own plan")},
    {ROW_NUMBER(0, "threads", measure.threads, 1, 4096, "of onednn (default: all cores); darknet has one"),
     .measures = true},
    {ROW_NUMBER(0, "runs", profile.runs, 1, PROFILE_RUNS_LIMIT,
                "at least so many, and 2 seconds (default: 20)")},
    {ROW_TEXT('o', "output", output.path, "FILE", "the times as CSV (default: standard output)")},
    ROW_ENGINE,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(profile_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry features_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    ROW_IMAGES,
    {ROW_NUMBER(
        0, "calibrate", features.calibrate, 1, LONG_MAX,
        "the first N images give the range of int8 and are not\nmeasured (default: 64, at most a quarter)")},
    {ROW_NUMBER(0, "level", features.level, 1, 19, "of zstd (default: 3)")},
    ROW_SEED,
    ROW_SPLIT,
    ROW_LABELS,
    {ROW_WORD("layers", measure.layers, "LIST", options_clean_words,
              "backbone: clean cuts before the classifier\n(default); clean: all clean cuts"),
     .measures = true, .words_formerly = options_list_formerly},
    ROWS_PIXELS,
    ROW_BATCH,
    ROW_THREADS,
    ROW_EXACT,
    ROW_MEMORY,
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROW_ENGINE,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(features_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

static const struct option_entry plan_entries[] = {
    {ROW_TEXT(0, "curve", input.curve_csv, "FILE", "importance as isplit curve wrote it")},
    {ROW_TEXT(0, "subset", input.subset, "NAME", "which, where the curve's FILE holds those of several")},
    ROWS_DEPLOYMENT,
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROWS_KEEPING,
    {ROW_TEXT('o', "output", output.path, "FILE", "the plan as CSV (default: a table on standard output)")},
    ROW_ENGINE,
    ROW_HELP,
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
    .entries_n = ROWS_COUNT(plan_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};
