#include "screen/theme.h"

#include <stddef.h>

const char *const theme_words[] = {"dark", "light", "mono", NULL};

/* fg, bg of 256 colours; fg8, bg8 of 8; then attributes. */
#define STYLE(f, b, f8, b8, ...)                                                                             \
    {                                                                                                        \
        .fg = (f), .bg = (b), .fg8 = (f8), .bg8 = (b8), __VA_ARGS__                                          \
    }
#define PLAIN(f, b, f8, b8)                                                                                  \
    {                                                                                                        \
        .fg = (f), .bg = (b), .fg8 = (f8), .bg8 = (b8)                                                       \
    }

static const struct theme_style styles[THEMES][ROLES] =
    {
        [THEME_DARK] =
            {
                [ROLE_TEXT] = PLAIN(-1, -1, -1, -1),
                [ROLE_DIM] = STYLE(244, -1, -1, -1, .dim = true),
                [ROLE_TITLE] = STYLE(110, -1, 6, -1, .bold = true),
                [ROLE_BAR] = PLAIN(252, 236, 7, 4),
                [ROLE_KEY] = STYLE(222, 236, 3, 4, .bold = true),
                [ROLE_WARNING] = STYLE(221, -1, 3, -1, .bold = true),
                [ROLE_ERROR] = STYLE(210, -1, 1, -1, .bold = true),
                [ROLE_GOOD] = PLAIN(114, -1, 2, -1),
                [ROLE_SELECTED] = STYLE(231, 24, 7, 4, .bold = true),
                [ROLE_CHOSEN] = STYLE(252, 238, 7, -1, .underline = true),
                [ROLE_MATCH] = PLAIN(232, 179, 0, 3),
                [ROLE_CURVE] = PLAIN(81, -1, 6, -1),
                [ROLE_BAND] = PLAIN(67, -1, 4, -1),
                [ROLE_CANDIDATE] = STYLE(221, -1, 3, -1, .bold = true),
                [ROLE_BEST] = STYLE(203, -1, 1, -1, .bold = true),
                [ROLE_MARK] = STYLE(177, -1, 5, -1, .bold = true),
                [ROLE_BYTES] = PLAIN(108, -1, 2, -1),
                [ROLE_CDE] = STYLE(150, -1, 2, -1, .bold = true),
                [ROLE_PROGRESS] = PLAIN(81, 236, 6, 4),
                [ROLE_MEASURED] = PLAIN(114, -1, 2, -1),
                [ROLE_LEADER] = STYLE(156, -1, 2, -1, .bold = true),
                [ROLE_PIN_1] = PLAIN(209, -1, 1, -1),
                [ROLE_PIN_2] = PLAIN(221, -1, 3, -1),
                [ROLE_PIN_3] = PLAIN(177, -1, 5, -1),
                [ROLE_PIN_4] = PLAIN(114, -1, 2, -1),
                [ROLE_HEAT_1] = PLAIN(240, -1, 4, -1),
                [ROLE_HEAT_2] = PLAIN(24, -1, 4, -1),
                [ROLE_HEAT_3] = PLAIN(31, -1, 6, -1),
                [ROLE_HEAT_4] = PLAIN(37, -1, 6, -1),
                [ROLE_HEAT_5] = PLAIN(71, -1, 2, -1),
                [ROLE_HEAT_6] = PLAIN(143, -1, 3, -1),
                [ROLE_HEAT_7] = PLAIN(179, -1, 3, -1),
                [ROLE_HEAT_8] = PLAIN(209, -1, 1, -1),
            },
        [THEME_LIGHT] =
            {
                [ROLE_TEXT] = PLAIN(-1, -1, -1, -1),
                [ROLE_DIM] = STYLE(243, -1, -1, -1, .dim = true),
                [ROLE_TITLE] = STYLE(25, -1, 4, -1, .bold = true),
                [ROLE_BAR] = PLAIN(235, 254, 0, 7),
                [ROLE_KEY] = STYLE(88, 254, 1, 7, .bold = true),
                [ROLE_WARNING] = STYLE(130, -1, 3, -1, .bold = true),
                [ROLE_ERROR] = STYLE(160, -1, 1, -1, .bold = true),
                [ROLE_GOOD] = PLAIN(28, -1, 2, -1),
                [ROLE_SELECTED] = STYLE(231, 25, 7, 4, .bold = true),
                [ROLE_CHOSEN] = STYLE(235, 252, 0, -1, .underline = true),
                [ROLE_MATCH] = PLAIN(232, 222, 0, 3),
                [ROLE_CURVE] = PLAIN(25, -1, 4, -1),
                [ROLE_BAND] = PLAIN(110, -1, 6, -1),
                [ROLE_CANDIDATE] = STYLE(130, -1, 3, -1, .bold = true),
                [ROLE_BEST] = STYLE(160, -1, 1, -1, .bold = true),
                [ROLE_MARK] = STYLE(91, -1, 5, -1, .bold = true),
                [ROLE_BYTES] = PLAIN(65, -1, 2, -1),
                [ROLE_CDE] = STYLE(28, -1, 2, -1, .bold = true),
                [ROLE_PROGRESS] = PLAIN(25, 254, 4, 7),
                [ROLE_MEASURED] = PLAIN(28, -1, 2, -1),
                [ROLE_LEADER] = STYLE(22, -1, 2, -1, .bold = true),
                [ROLE_PIN_1] = PLAIN(166, -1, 1, -1),
                [ROLE_PIN_2] = PLAIN(130, -1, 3, -1),
                [ROLE_PIN_3] = PLAIN(91, -1, 5, -1),
                [ROLE_PIN_4] = PLAIN(28, -1, 2, -1),
                [ROLE_HEAT_1] = PLAIN(250, -1, 7, -1),
                [ROLE_HEAT_2] = PLAIN(153, -1, 6, -1),
                [ROLE_HEAT_3] = PLAIN(117, -1, 6, -1),
                [ROLE_HEAT_4] = PLAIN(74, -1, 6, -1),
                [ROLE_HEAT_5] = PLAIN(71, -1, 2, -1),
                [ROLE_HEAT_6] = PLAIN(142, -1, 3, -1),
                [ROLE_HEAT_7] = PLAIN(172, -1, 3, -1),
                [ROLE_HEAT_8] = PLAIN(160, -1, 1, -1),
            },
        [THEME_MONO] =
            {
                [ROLE_TEXT] = PLAIN(-1, -1, -1, -1),
                [ROLE_DIM] = PLAIN(-1, -1, -1, -1),
                [ROLE_TITLE] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_BAR] = STYLE(-1, -1, -1, -1, .reverse = true),
                [ROLE_KEY] = STYLE(-1, -1, -1, -1, .reverse = true, .bold = true),
                [ROLE_WARNING] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_ERROR] = STYLE(-1, -1, -1, -1, .bold = true, .underline = true),
                [ROLE_GOOD] = PLAIN(-1, -1, -1, -1),
                [ROLE_SELECTED] = STYLE(-1, -1, -1, -1, .reverse = true),
                [ROLE_CHOSEN] = STYLE(-1, -1, -1, -1, .underline = true),
                [ROLE_MATCH] = STYLE(-1, -1, -1, -1, .underline = true, .bold = true),
                [ROLE_CURVE] = PLAIN(-1, -1, -1, -1),
                [ROLE_BAND] = STYLE(-1, -1, -1, -1, .dim = true),
                [ROLE_CANDIDATE] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_BEST] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_MARK] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_BYTES] = PLAIN(-1, -1, -1, -1),
                [ROLE_CDE] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_PROGRESS] = STYLE(-1, -1, -1, -1, .reverse = true),
                [ROLE_MEASURED] = PLAIN(-1, -1, -1, -1),
                [ROLE_LEADER] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_PIN_1] = PLAIN(-1, -1, -1, -1),
                [ROLE_PIN_2] = PLAIN(-1, -1, -1, -1),
                [ROLE_PIN_3] = PLAIN(-1, -1, -1, -1),
                [ROLE_PIN_4] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_1] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_2] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_3] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_4] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_5] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_6] = PLAIN(-1, -1, -1, -1),
                [ROLE_HEAT_7] = STYLE(-1, -1, -1, -1, .bold = true),
                [ROLE_HEAT_8] = STYLE(-1, -1, -1, -1, .bold = true),
            },
};

const struct theme_style *theme_style(enum theme theme, enum role role)
{
    return &styles[theme][role];
}
