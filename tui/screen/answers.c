#include "screen/answers.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    ESC = 27,
    BEL = 7,
    PATIENCE_MS = 10000, /* after which no answer is expected any more */
    BYTE_MS = 100,       /* between two bytes of an answer */
    ANSWER_MOST = 128,
};

bool answers_may_ask(const char *term)
{
    static const char *const kinds[] = {"xterm",     "screen",  "tmux",    "rxvt",   "kitty",
                                        "alacritty", "foot",    "vte",     "gnome",  "st",
                                        "mlterm",    "wezterm", "konsole", "contour"};
    for (size_t i = 0; term && i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(term, kinds[i], n) == 0 && (term[n] == '\0' || term[n] == '-'))
            return true;
    }
    return false;
}

void answers_ask(struct answers *a, unsigned questions)
{
    static const char *const texts[] = {"\033[?1;1;0S", "\033_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\033\\",
                                        "\033[16t", "\033]11;?\033\\"};
    static const unsigned each[] = {ANSWERS_SIXEL, ANSWERS_KITTY, ANSWERS_CELL, ANSWERS_BACKGROUND};
    char text[ANSWER_MOST] = "";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (questions & each[i])
            strcat(text, texts[i]);
    strcat(text, "\033[c");
    size_t n = strlen(text);
    a->owed = write(STDOUT_FILENO, text, n) == (ssize_t)n;
    a->asked = clock_ms();
}

bool answers_owed(const struct answers *a)
{
    return a->owed && clock_ms() < a->asked + PATIENCE_MS;
}

/* As the eye weighs them (ITU-R BT.601), each from 0 to 1 however many digits it has. */
static double lightness(const char *text)
{
    static const double weights[] = {0.299, 0.587, 0.114};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        unsigned value;
        int n;
        if (sscanf(text, "%4x%n", &value, &n) != 1)
            return -1;
        sum += weights[i] * value / ((1u << 4 * n) - 1);
        text += n;
        if (i < 2 && *text++ != '/')
            return -1;
    }
    return sum;
}

static void note_background(struct answers *a, const char *text)
{
    const char *colour = strchr(text, ':');
    double light = colour ? lightness(colour + 1) : -1;
    if (light >= 0)
        a->background = light > 0.5 ? ANSWERS_LIGHT : ANSWERS_DARK;
}

/* "[6;HEIGHT;WIDTHt" */
static void note_cell(struct answers *a, const char *text)
{
    int w, h;
    if (sscanf(text, "[6;%5d;%5dt", &h, &w) == 2) {
        a->cell_w = w;
        a->cell_h = h;
    }
}

/* "[?1;0;NS": item 1, no error. */
static void note_registers(struct answers *a, const char *text)
{
    int n;
    if (sscanf(text, "[?1;0;%9d", &n) == 1)
        a->registers = n;
}

/* "[?LEVEL;ATTRIBUTE;...c", of which 4 is sixels. */
static void note_kind(struct answers *a, const char *text)
{
    enum { SIXEL = 4 };
    a->owed = false;
    while ((text = strchr(text, ';')) && text++)
        if (atoi(text) == SIXEL)
            a->sixel = true;
}

void answers_note(struct answers *a, const char *text)
{
    size_t n = strlen(text);
    if (strncmp(text, "]11;", 4) == 0)
        note_background(a, text);
    else if (strncmp(text, "_Gi=1;OK", 8) == 0)
        a->kitty = true;
    else if (strncmp(text, "[6;", 3) == 0)
        note_cell(a, text);
    else if (strncmp(text, "[?", 2) == 0 && text[n - 1] == 'S')
        note_registers(a, text);
    else if (strncmp(text, "[?", 2) == 0)
        note_kind(a, text);
}

/* The next character, or -1 where none comes soon or it is a key of curses' own. */
static int next_character(void)
{
    wint_t code = 0;
    int got = get_wch(&code);
    if (got == KEY_CODE_YES)
        ungetch((int)code);
    return got == OK ? (int)code : -1;
}

/* To the end of what begins with `first`: of a string (] or _) BEL or ESC \, of a control sequence its
 * letter. */
static void read_answer(struct answers *a, int first)
{
    char text[ANSWER_MOST] = {(char)first};
    int n = 1, code;
    while ((code = next_character()) >= 0) {
        if (first != '[' && code == ESC)
            code = next_character() == '\\' ? BEL : -1;
        if (code < 0 || code == BEL)
            break;
        if (n + 1 < ANSWER_MOST && code < 127)
            text[n++] = (char)code;
        if (first == '[' && code >= '@' && code <= '~')
            break;
    }
    text[n] = '\0';
    answers_note(a, text);
}

enum beginning { UNDECIDED, ANSWER, NO_ANSWER };
enum { BEGINNING_MOST = 3 };

/* Whether the characters behind an ESC are an answer's first ones. */
static enum beginning begins(const int *read, int n)
{
    static const char *const known[] = {"]1", "[?", "[6;", "_G"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int same = 0;
        while (same < n && read[same] == known[i][same])
            same++;
        if (same == n)
            return known[i][n] ? UNDECIDED : ANSWER;
    }
    return NO_ANSWER;
}

bool answers_take(struct answers *a)
{
    timeout(BYTE_MS);
    int read[BEGINNING_MOST], n = 0;
    enum beginning so_far = UNDECIDED;
    while (so_far == UNDECIDED && n < BEGINNING_MOST && (read[n] = next_character()) >= 0)
        so_far = begins(read, ++n);
    bool answer = so_far == ANSWER;
    for (int i = n - 1; i >= (answer ? 1 : 0); i--) /* the last one put back comes first */
        unget_wch((wchar_t)read[i]);
    if (answer)
        read_answer(a, read[0]);
    nodelay(stdscr, TRUE);
    return answer;
}
