#include "screen/answers.h"

#include <curses.h>
#include <stdio.h>
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

void answers_ask(struct answers *a)
{
    static const char question[] = "\033]11;?\033\\\033[c";
    a->owed = write(STDOUT_FILENO, question, sizeof question - 1) == (ssize_t)sizeof question - 1;
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

void answers_note(struct answers *a, const char *text)
{
    if (strncmp(text, "[?", 2) == 0)
        a->owed = false;
    if (strncmp(text, "]11;", 4) != 0)
        return;
    const char *colour = strchr(text, ':');
    double light = colour ? lightness(colour + 1) : -1;
    if (light >= 0)
        a->background = light > 0.5 ? ANSWERS_LIGHT : ANSWERS_DARK;
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

/* To the end of what begins with `first`: of a string BEL or ESC \, of a control sequence its letter. */
static void read_answer(struct answers *a, int first)
{
    char text[ANSWER_MOST] = {(char)first};
    int n = 1, code;
    while ((code = next_character()) >= 0) {
        if (first == ']' && code == ESC)
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

bool answers_take(struct answers *a)
{
    timeout(BYTE_MS);
    int first = next_character(), second = first == '[' || first == ']' ? next_character() : -1;
    bool answer = (first == ']' && second == '1') || (first == '[' && second == '?');
    if (second >= 0)
        unget_wch((wchar_t)second);
    if (answer)
        read_answer(a, first);
    else if (first >= 0)
        unget_wch((wchar_t)first);
    nodelay(stdscr, TRUE);
    return answer;
}
