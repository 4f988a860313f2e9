/* The options of the screen, and words that several commands take. */
#include "cli/option_rows.h"
#include "deploy/profile.h"
#include "partition/partition_request.h"

const char *const options_clean_words[] = {"backbone", "clean", NULL};
const char *const options_list_formerly[] = {"features", "backbone", NULL};
const char *const options_head_words[] = {"f32", "int8", NULL};
const char *const options_scale_words[] = {"1", "255", NULL};
const char *const options_theme_words[] = {"auto", "dark", "light", "mono", NULL};
const char *const options_pictures_words[] = {"auto", "blocks", "sixel", "kitty", NULL};

static const struct option_entry screen_entries[] = {
    ROW_DATA,
    ROW_CLASSES,
    ROWS_MEASURING,
    ROW_BOTTLENECK,
    ROWS_KEEPING,
    ROWS_DEPLOYMENT,
    {ROW_TEXT(
        0, "evaluation", screen.evaluation, "DIR",
        "show beside the curve the accuracies that isplit\nevaluate has measured, or measures now, in DIR")},
    {ROW_FLAG(0, "ascii", screen.ascii, "plain characters only, whatever the locale says")},
    {ROW_WORD(
        "theme", screen.theme, "THEME", options_theme_words,
        "dark, light or mono (without colours); auto: as\nchosen last time, or by the background (default)")},
    {ROW_WORD(
        "pictures", screen.pictures, "WAY", options_pictures_words,
        "of showing images: blocks, sixel or kitty; auto:\nin pixels where the terminal can (default)")},
    {ROW_FLAG(0, "no-color", screen.no_color, "no colours, as with NO_COLOR in the environment")},
    {ROW_FLAG(0, "mouse", screen.mouse, "take clicks and the wheel (m turns it on and off)")},
    {ROW_FLAG(0, "no-state", screen.no_state, "neither read nor keep subsets, marks and settings")},
    {ROW_TEXT(
        0, "dump", screen.dump, "WxH",
        "print one frame of W columns and H rows as text,\nwithout a terminal, when everything is measured")},
    {ROW_TEXT(0, "script", screen.script, "KEYS",
              "keys pressed before that, named as in the help:\n'3 / \"cat\" Enter Space'")},
    ROWS_WORKERS,
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
