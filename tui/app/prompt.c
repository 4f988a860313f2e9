#include "app/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/complete.h"
#include "base/memory.h"
#include "base/text.h"
#include "screen/keys.h"
#include "panes/wrap.h"

enum {
    KEYS_NEWLINE = 10,  /* Enter, where a terminal or a script does not translate it */
    TEXT_MAX = 4096,    /* bytes; more than any answer needs */
    LABEL_FRACTION = 2, /* a label takes at most one half of the line */
};

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *text,
                 const char *const *words, prompt_done *done, prompt_live *live)
{
    prompt_close(p);
    p->open = true;
    p->kind = kind;
    snprintf(p->label, sizeof p->label, "%s", label);
    p->text = memory_copy(text ? text : "");
    p->cursor = (int)strlen(p->text);
    p->offered = *p->text;
    int n = 0;
    while (words && words[n])
        n++;
    p->words = memory_new((size_t)n + 1, sizeof *p->words);
    for (int i = 0; i < n; i++)
        p->words[i] = memory_copy(words[i]);
    p->done = done;
    p->live = live;
}

static void forget_candidates(struct prompt *p)
{
    free(p->candidates);
    p->candidates = NULL;
}

static void forget_stem(struct prompt *p)
{
    free(p->stem);
    p->stem = NULL;
}

static void forget_refusal(struct prompt *p)
{
    free(p->refused);
    p->refused = NULL;
}

void prompt_close(struct prompt *p)
{
    struct prompt_history *history = p->history;
    for (int i = 0; p->words && p->words[i]; i++)
        free(p->words[i]);
    free(p->words);
    free(p->text);
    free(p->typed);
    forget_candidates(p);
    forget_stem(p);
    forget_refusal(p);
    *p = (struct prompt){.history = history};
}

void prompt_free(struct prompt *p)
{
    prompt_close(p);
    prompt_history_free(p->history);
    p->history = NULL;
}

/* The error that `done` has just reported, if it did; lines of the journal before `news` are older. */
static const char *prompt_error(const struct journal *j, int news)
{
    const struct journal_line *last = j->n > 0 ? &j->lines[j->n - 1] : NULL;
    return last && j->news > news && last->level == JOURNAL_ERROR ? last->text : NULL;
}

/* The prompt is moved out first: `done` may open another one in its place. What it refuses stays to be
 * mended. */
static void prompt_finish(struct app *a, struct prompt *p, bool accepted)
{
    struct prompt asked = *p;
    char *text = NULL;
    int news = a->journal.news;
    bool typed = asked.kind != PROMPT_KEY && asked.kind != PROMPT_LIST;
    *p = (struct prompt){.history = asked.history};
    asked.history = NULL;
    if (accepted && asked.kind == PROMPT_KEY)
        text = memory_copy("y");
    else if (accepted)
        text = asked.kind == PROMPT_PATH ? complete_home(asked.text) : memory_copy(asked.text);
    if (accepted && typed)
        prompt_history_add(&p->history, asked.label, asked.text);
    if (asked.done)
        asked.done(a, text);
    const char *error = accepted && typed ? prompt_error(&a->journal, news) : NULL;
    if (error && !p->open) {
        asked.history = p->history;
        *p = asked;
        p->offered = false;
        p->back = 0;
        forget_refusal(p);
        p->refused = memory_copy(error);
        a->journal.news = 0; /* it is seen here */
    } else {
        prompt_close(&asked);
    }
    free(text);
}

/* Replaces the bytes from `from` to `to` by `insert`; the cursor goes after it. False where the text would be
 * too long. */
static bool prompt_replace(struct prompt *p, int from, int to, const char *insert)
{
    size_t n = strlen(insert);
    size_t rest = strlen(p->text + to);
    if ((size_t)from + n + rest > TEXT_MAX)
        return false;
    char *text = memory_format("%.*s%s%s", from, p->text, insert, p->text + to);
    free(p->text);
    p->text = text;
    p->cursor = from + (int)n;
    return true;
}

/* Where the word before the cursor begins; in a path, its last part. */
static int word_start(const struct prompt *p)
{
    const char *separators = p->kind == PROMPT_PATH ? " /" : " ,";
    int at = p->cursor;
    while (at > 0 && strchr(separators, p->text[at - 1]))
        at--;
    while (at > 0 && !strchr(separators, p->text[at - 1]))
        at--;
    return at;
}

/* The one after (or before) the one that stands there now. */
static const char *next_found(const struct text_list *found, const char *now, int direction)
{
    for (int i = 0; i < found->n; i++)
        if (strcmp(found->texts[i], now) == 0)
            return found->texts[(i + direction + found->n) % found->n];
    return found->texts[direction > 0 ? 0 : found->n - 1];
}

/* What can stand after the first *folder bytes of `typed`. */
static void complete_find(const struct prompt *p, const char *typed, struct text_list *found, int *folder)
{
    *folder = 0;
    if (p->kind == PROMPT_PATH)
        complete_path(typed, found, folder);
    else
        complete_word(typed, (const char *const *)p->words, found);
}

/* Tab, for paths and words: as far as all that can be meant agree, then one of them after the other. A path
 * is completed before the cursor, a word as a whole. */
static void prompt_complete(struct prompt *p, int direction)
{
    int end = p->kind == PROMPT_PATH ? p->cursor : (int)strlen(p->text), folder;
    char *now = memory_copy_n(p->text, (size_t)end);
    char *typed = p->kind == PROMPT_PATH ? complete_home(p->stem ? p->stem : now)
                                         : memory_copy(p->stem ? p->stem : now);
    struct text_list found = {0};
    complete_find(p, typed, &found, &folder);
    char *common = complete_common(&found);
    bool longer = !p->stem && strlen(common) > strlen(typed) - (size_t)folder;
    if (found.n > 0 && !longer && !p->stem)
        p->stem = memory_copy(typed);
    if (found.n > 0) {
        const char *rest = strlen(now) >= (size_t)folder ? now + folder : "";
        char *whole =
            memory_format("%.*s%s", folder, typed, longer ? common : next_found(&found, rest, direction));
        prompt_replace(p, 0, end, whole);
        free(whole);
    }
    if (found.n != 1)
        p->candidates = found.n                  ? complete_line(&found)
                        : p->kind == PROMPT_PATH ? memory_copy("nothing there begins like this")
                                                 : memory_copy("no name begins like this");
    text_list_free(&found);
    free(common);
    free(typed);
    free(now);
}

/* The keys that move the cursor. True where it was one. */
static bool move(struct prompt *p, int key)
{
    switch (key) {
    case KEYS_LEFT:
        p->cursor -= complete_character_before(p->text, p->cursor);
        return true;
    case KEYS_RIGHT:
        p->cursor += complete_character(p->text + p->cursor);
        return true;
    case KEYS_HOME:
    case KEYS_CTRL('A'):
        p->cursor = 0;
        return true;
    case KEYS_END:
    case KEYS_CTRL('E'):
        p->cursor = (int)strlen(p->text);
        return true;
    }
    return false;
}

static void prompt_put(struct prompt *p, const char *text)
{
    prompt_replace(p, 0, (int)strlen(p->text), text);
}

/* Up and Down: an earlier answer to the same question, or what was typed. */
static bool prompt_recall(struct prompt *p, int key)
{
    if (key != KEYS_UP && key != KEYS_DOWN)
        return false;
    int back = p->back + (key == KEYS_UP ? 1 : -1);
    const char *text = back > 0 ? prompt_history_at(p->history, p->label, back) : p->typed;
    if (back < 0 || !text)
        return true;
    if (p->back == 0) {
        free(p->typed);
        p->typed = memory_copy(p->text);
    }
    prompt_put(p, text);
    p->back = back;
    return true;
}

static bool is_character(int key)
{
    bool surrogate = key >= 0xd800 && key <= 0xdfff;
    return key >= KEYS_SPACE && key < KEYS_UP && !(key >= 0x7f && key < 0xa0) && !surrogate;
}

/* A path that was completed to a folder ends with a slash already. */
static bool is_there(const struct prompt *p, int key)
{
    return p->kind == PROMPT_PATH && !p->offered && key == '/' && p->cursor > 0 &&
           p->text[p->cursor - 1] == '/';
}

/* The keys that change the text. */
static void edit(struct prompt *p, int key)
{
    char character[5];
    switch (key) {
    case KEYS_BACKSPACE:
    case KEYS_CTRL('H'):
        prompt_replace(p, p->cursor - complete_character_before(p->text, p->cursor), p->cursor, "");
        break;
    case KEYS_DELETE:
        prompt_replace(p, p->cursor, p->cursor + complete_character(p->text + p->cursor), "");
        break;
    case KEYS_CTRL('U'):
        prompt_replace(p, 0, p->cursor, "");
        break;
    case KEYS_CTRL('K'):
        prompt_replace(p, p->cursor, (int)strlen(p->text), "");
        break;
    case KEYS_CTRL('W'):
        prompt_replace(p, word_start(p), p->cursor, "");
        break;
    case KEYS_TAB:
    case KEYS_BACK_TAB:
        if (p->kind == PROMPT_PATH || p->kind == PROMPT_WORD)
            prompt_complete(p, key == KEYS_TAB ? 1 : -1);
        break;
    default:
        if (is_character(key) && !is_there(p, key)) {
            text_encode(key, character);
            prompt_replace(p, p->offered ? 0 : p->cursor, p->offered ? (int)strlen(p->text) : p->cursor,
                           character);
        }
    }
}

static void answer_key(struct app *a, struct prompt *p, int key)
{
    if (key == 'y' || key == 'Y')
        prompt_finish(a, p, true);
    else if (key == 'n' || key == 'N' || key == 'q')
        prompt_finish(a, p, false);
}

void prompt_key(struct app *a, struct prompt *p, int key)
{
    a->dirty = true;
    if (key == KEYS_ESC || key == KEYS_CTRL('C')) {
        prompt_finish(a, p, false);
    } else if (p->kind == PROMPT_KEY) {
        answer_key(a, p, key);
    } else if (key == KEYS_ENTER || key == KEYS_NEWLINE) {
        prompt_finish(a, p, true);
    } else if (p->kind == PROMPT_LIST && (key == KEYS_UP || key == KEYS_DOWN)) {
        a->dialog->key(a, key);
    } else {
        forget_candidates(p);
        forget_refusal(p);
        if (key != KEYS_TAB && key != KEYS_BACK_TAB)
            forget_stem(p);
        char *before = memory_copy(p->text);
        if (!move(p, key) && !prompt_recall(p, key))
            edit(p, key);
        p->offered = false;
        /* A copy: `live` may leave the prompt. */
        char *now = memory_copy(p->text);
        if (p->live && strcmp(before, now) != 0)
            p->live(a, now);
        free(before);
        free(now);
    }
}

/* Bytes of the escaped text that fit into a number of columns. */
static int bytes_in(const char *shown, int columns)
{
    int at = 0;
    int used = 0;
    while (shown[at]) {
        int n = complete_character(shown + at);
        char *character = memory_copy_n(shown + at, (size_t)n);
        used += canvas_width(character);
        free(character);
        if (used > columns)
            break;
        at += n;
    }
    return at;
}

/* A question: what does not fit into its row begins in the one above. The end is what matters: "(y/n)". */
static void draw_question(const struct prompt *p, struct canvas *c, struct area line, struct area above)
{
    char *shown = text_escape(p->label);
    const char *rest = shown;
    if (canvas_width(shown) >= line.columns && above.rows > 0) {
        int n = bytes_in(shown, above.columns);
        while (n > 0 && shown[n] && shown[n - 1] != ' ')
            n--;
        char *first = memory_copy_n(shown, (size_t)n);
        canvas_field(c, above, above.rows - 1, 0, above.columns, ROLE_TITLE, first);
        free(first);
        rest = shown + n;
    }
    int width = canvas_width(rest);
    int column = width >= line.columns ? line.columns - 1 - width : 0;
    canvas_text(c, line, 0, column, ROLE_TITLE, rest);
    canvas_cursor(c, line, 0, column + width);
    free(shown);
}

/* The text in its field; a long one scrolls by half the field, so that the cursor's neighbourhood is
 * visible. */
static void draw_text(const struct prompt *p, struct canvas *c, struct area field)
{
    char *before = memory_copy_n(p->text, (size_t)p->cursor);
    int cursor = canvas_width(before);
    int width = canvas_width(p->text);
    int half = field.columns > 2 ? field.columns / 2 : 1;
    int offset = 0;
    free(before);
    /* Where something is cut on the left, a sign for it takes the first column. */
    while (cursor - offset >= field.columns)
        offset += half;
    canvas_text(c, field, 0, -offset, p->offered ? ROLE_CHOSEN : ROLE_TEXT, p->text);
    if (offset > 0 && field.columns > 2)
        canvas_glyph(c, field, 0, 0, ROLE_DIM, GLYPH_LEFT);
    if (width - offset > field.columns && field.columns > 2 && cursor - offset < field.columns - 1)
        canvas_glyph(c, field, 0, field.columns - 1, ROLE_DIM, GLYPH_RIGHT);
    canvas_cursor(c, field, 0, cursor - offset);
}

/* Why the text was refused, in the lowest rows above it. */
static void draw_refusal(const struct prompt *p, struct canvas *c, struct area above)
{
    enum { ROWS = 4 };
    char *text = memory_format("error: %s", p->refused);
    struct text_list lines = wrap_text(text, above.columns);
    int n = lines.n < ROWS ? lines.n : ROWS;
    n = n < above.rows ? n : above.rows;
    struct area rows = area_below(above, above.rows - n);
    for (int i = 0; i < n; i++) {
        canvas_fill(c, area_above(area_below(rows, i), 1), ROLE_TEXT);
        canvas_field(c, rows, i, 0, rows.columns, ROLE_ERROR, lines.texts[i]);
    }
    text_list_free(&lines);
    free(text);
}

void prompt_draw(const struct prompt *p, struct canvas *c, struct area line, struct area above)
{
    if (!p->open || line.rows < 1 || line.columns < 1)
        return;
    struct area row = area_above(line, 1);
    canvas_fill(c, row, ROLE_TEXT);
    if (p->kind == PROMPT_KEY) {
        draw_question(p, c, row, above);
        return;
    }
    if (p->refused)
        draw_refusal(p, c, above);
    if (p->candidates && above.rows > 0)
        canvas_field(c, above, above.rows - 1, 0, above.columns, ROLE_DIM, p->candidates);
    int capacity = row.columns / LABEL_FRACTION;
    int label = canvas_width(p->label);
    if (label > capacity)
        canvas_field(c, row, 0, 0, label = capacity, ROLE_TITLE, p->label);
    else
        canvas_text(c, row, 0, 0, ROLE_TITLE, p->label);
    bool separated = !p->label[0] || p->label[strlen(p->label) - 1] == ' ';
    int gap = !separated && label + 1 < row.columns;
    struct area field = {row.row, row.column + label + gap, 1, row.columns - label - gap};
    draw_text(p, c, field);
}

const char *prompt_hints(const struct prompt *p)
{
    if (p->kind == PROMPT_KEY)
        return "y yes   n no";
    if (p->kind == PROMPT_LIST)
        return "Up, Down choose   Enter do it   Esc leave   Ctrl-U clear   Ctrl-W word";
    return p->kind == PROMPT_TEXT
               ? "Enter done   Esc leave   Up earlier   Ctrl-U clear   Ctrl-W word"
               : "Tab complete   Enter done   Esc leave   Up earlier   Ctrl-U clear   Ctrl-W word";
}
