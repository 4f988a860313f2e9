#include "screen/glyphs.h"

#include <langinfo.h>
#include <stddef.h>
#include <string.h>

const char *const glyphs_words[] = {"braille", "block", "ascii", NULL};

static const char *const texts[GLYPHS][GLYPHS_SETS] = {
    [GLYPH_CANDIDATE] = {"★", "*", "*"},    [GLYPH_BEST] = {"◆", "#", "#"},
    [GLYPH_RECOMMENDED] = {"1", "1", "1"},  [GLYPH_RUNNER_UP] = {"2", "2", "2"},
    [GLYPH_CDE] = {"c", "c", "c"},          [GLYPH_MARK] = {"⚑", "x", "x"},
    [GLYPH_HORIZONTAL] = {"─", "─", "-"},   [GLYPH_VERTICAL] = {"│", "│", "|"},
    [GLYPH_TEE_LEFT] = {"┤", "┤", "+"},     [GLYPH_CURSOR] = {"▸", ">", ">"},
    [GLYPH_UP] = {"▲", "^", "^"},           [GLYPH_DOWN] = {"▼", "v", "v"},
    [GLYPH_LEFT] = {"◂", "<", "<"},         [GLYPH_RIGHT] = {"▸", ">", ">"},
    [GLYPH_ON] = {"●", "x", "x"},           [GLYPH_OFF] = {"○", ".", "."},
    [GLYPH_RIGHT_ANSWER] = {"✓", "+", "+"}, [GLYPH_WRONG_ANSWER] = {"✗", "-", "-"},
    [GLYPH_ELLIPSIS] = {"…", "~", "~"},     [GLYPH_TIMES] = {"×", "x", "x"},
    [GLYPH_BAR] = {"█", "█", "#"},          [GLYPH_BAR_REST] = {"░", "░", "."},
    [GLYPH_SHADE_1] = {"░", "░", "."},      [GLYPH_SHADE_2] = {"▒", "▒", "+"},
    [GLYPH_SHADE_3] = {"▓", "▓", "%"},      [GLYPH_SHADE_4] = {"█", "█", "@"},
    [GLYPH_UPPER_HALF] = {"▀", "▀", "'"},   [GLYPH_PIN_1] = {"●", "o", "o"},
    [GLYPH_PIN_2] = {"■", "+", "+"},        [GLYPH_PIN_3] = {"▲", "^", "^"},
    [GLYPH_HEAD] = {"█", "█", "="},         [GLYPH_LINK] = {"━", "─", "~"},
    [GLYPH_TAIL] = {"▒", "▒", ":"},         [GLYPH_PIN_4] = {"◇", "%", "%"},
    [GLYPH_LEVEL_1] = {"▁", ".", "."},      [GLYPH_LEVEL_2] = {"▂", ":", ":"},
    [GLYPH_LEVEL_3] = {"▃", "-", "-"},      [GLYPH_LEVEL_4] = {"▄", "=", "="},
    [GLYPH_LEVEL_5] = {"▅", "░", "+"},      [GLYPH_LEVEL_6] = {"▆", "▒", "o"},
    [GLYPH_LEVEL_7] = {"▇", "▓", "O"},      [GLYPH_LEVEL_8] = {"█", "█", "@"},
    [GLYPH_TEE_RIGHT] = {"├", "├", "+"},    [GLYPH_MEASURED] = {"○", "o", "o"},
    [GLYPH_IN_SET] = {"●", "O", "O"},       [GLYPH_LEADER] = {"◉", "@", "@"},
    [GLYPH_INTERVAL] = {"┃", "I", "I"},
};

const char *glyphs_text(enum glyphs_set set, enum glyph glyph)
{
    return texts[glyph][set];
}

/* Terminals whose fonts lack most of Unicode whatever the locale says. */
static const char *const poor[] = {"linux", "con", "vt", "ansi", "dumb", "cons"};

enum glyphs_set glyphs_choose(const char *term)
{
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return GLYPHS_ASCII;
    for (size_t i = 0; term && i < sizeof poor / sizeof poor[0]; i++)
        if (strncmp(term, poor[i], strlen(poor[i])) == 0)
            return i == 0 ? GLYPHS_BLOCK : GLYPHS_ASCII;
    return GLYPHS_BRAILLE;
}
