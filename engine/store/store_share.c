#include "store/store_share.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/store_parts.h"

/* No reference to the table of studies: a program that does not know this one must be able to remove a study,
 * whose number is never used again. */
static const char share_table[] =
    "CREATE TABLE IF NOT EXISTS share(study INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY(study, text)) WITHOUT ROWID";

static int share_is_there(struct sql *q, struct error *e)
{
    int64_t found;
    return sql_number(q, e, &found, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'share'",
                      "");
}

int share_keep(struct sql *q, int64_t study, const char *text, struct error *e)
{
    return sql_script(q, share_table, e) < 0
               ? -1
               : sql_run(q, e, "INSERT OR IGNORE INTO share(study, text) VALUES(?, ?)", "it", study, text);
}

int share_remove(struct sql *q, int64_t study, struct error *e)
{
    int there = share_is_there(q, e);
    return there <= 0 ? there : sql_run(q, e, "DELETE FROM share WHERE study = ?", "i", study);
}

/* Calls `take` for each text of a study. */
static int share_each(struct sql *q, int64_t study, int (*take)(void *, const char *, struct error *),
                      void *data, struct error *e)
{
    int status = share_is_there(q, e);
    if (status <= 0)
        return status;
    sqlite3_stmt *row = sql_use(q, e, "SELECT text FROM share WHERE study = ? ORDER BY text", "i", study);
    while ((status = sql_step(q, row, e)) == 1) {
        char *text = sql_string(row, 0);
        int taken = take(data, text, e);
        free(text);
        if (taken < 0)
            return -1;
    }
    return status;
}

struct share_target {
    struct sql *into;
    int64_t study;
};

static int share_put(void *data, const char *text, struct error *e)
{
    const struct share_target *t = data;
    return share_keep(t->into, t->study, text, e);
}

int share_take(struct sql *into, int64_t study, struct sql *from, int64_t from_study, struct error *e)
{
    struct share_target t = {into, study};
    return share_each(from, from_study, share_put, &t, e);
}

/* ---- For the front end ------------------------------------------------------------------------------- */

struct share_list {
    char **texts;
    int n;
};

static int share_append(void *data, const char *text, struct error *e)
{
    struct share_list *l = data;
    (void)e;
    l->texts = memory_grow(l->texts, (size_t)l->n + 1, sizeof *l->texts);
    l->texts[l->n++] = memory_copy(text);
    return 0;
}

char **store_shares(struct store *s, int64_t study, int *n, struct error *e)
{
    struct share_list l = {.texts = memory_new(1, sizeof *l.texts)};
    int status = share_each(&s->sql, study, share_append, &l, e);
    *n = status < 0 ? 0 : l.n;
    if (status == 0)
        return l.texts;
    store_shares_free(l.texts, l.n);
    return NULL;
}

void store_shares_free(char **shares, int n)
{
    for (int i = 0; i < n; i++)
        free(shares[i]);
    free(shares);
}
