/* A line asked for at the bottom of the screen: an editor with the basics (arrows, Home, End, Backspace,
 * Delete, Ctrl-A, Ctrl-E, Ctrl-U, Ctrl-K, Ctrl-W, Up and Down for earlier answers, Tab to complete, Enter,
 * Esc), or a yes/no question. A text that is offered is replaced by the first character typed. */
#ifndef ISPLIT_APP_PROMPT_H
#define ISPLIT_APP_PROMPT_H

#include <stdbool.h>

#include "app/prompt_history.h"
#include "screen/canvas.h"

struct app;

/* What Tab completes. */
enum prompt_kind {
    PROMPT_TEXT,
    PROMPT_PATH, /* folders and files: first what they begin with, then one after the other */
    PROMPT_WORD, /* likewise one of `words` */
    PROMPT_LIST, /* nothing; Up and Down go to the dialog behind it, which has a list */
    PROMPT_KEY,  /* no editor: y or n */
};

/* Called with the text on Enter (for PROMPT_KEY: "y"), with NULL on Esc. The prompt is closed by then, so it
 * may open another one. A text that it refuses with an error in the journal is asked for again, as it was
 * typed. */
typedef void prompt_done(struct app *a, const char *text);

/* Called after every change of the text, or NULL. */
typedef void prompt_live(struct app *a, const char *text);

struct prompt {
    bool open;
    enum prompt_kind kind;
    char label[512];
    char *text;                     /* valid UTF-8 or path bytes */
    int cursor;                     /* byte offset */
    char **words;                   /* NULL-terminated, owned; PROMPT_WORD */
    char *stem;                     /* what was typed before Tab went through the words; or NULL */
    char *candidates;               /* several candidates found by Tab, for the message line; or NULL */
    bool offered;                   /* the text is as it was offered */
    char *refused;                  /* why the text was refused, until the next key; or NULL */
    int back;                       /* how many answers back the text is from; 0: it is typed */
    char *typed;                    /* what was typed before Up; or NULL */
    struct prompt_history *history; /* stays when the prompt is closed */
    prompt_done *done;
    prompt_live *live;
};

/* `words` (PROMPT_WORD, NULL-terminated) is copied. */
void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *text,
                 const char *const *words, prompt_done *done, prompt_live *live);
void prompt_close(struct prompt *p);
void prompt_free(struct prompt *p); /* with its history */

/* A key while it is open. */
void prompt_key(struct app *a, struct prompt *p, int key);

/* Its keys, for the footer. */
const char *prompt_hints(const struct prompt *p);

/* In the area's row 0, with the hardware cursor; candidates, if any, in row 0 of `above`. A question that is
 * too long for its row begins there, too, and why a text was refused stands there. */
void prompt_draw(const struct prompt *p, struct canvas *c, struct area line, struct area above);

#endif
