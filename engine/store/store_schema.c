#include "store/store_schema.h"

#include <inttypes.h>
#include <stdio.h>

/* Written into the file's header, where file(1) and others look. */
#define APPLICATION 0x69737074 /* "ispt" */
enum { VERSION = 1 };

/* File names are blobs: they need not be UTF-8. Ids that a program remembers between two transactions are
 * never reused (AUTOINCREMENT): after their row is removed they refer to nothing, never to another row.
 * Tables and columns keep the names of the first version: series = run key, question = row key, asked =
 * tuning key, plan = tuning, top = predicted class, listing = image list. */
static const char tables[] =
    /* Images, whatever they are called: XXH3-128, high word first. */
    "CREATE TABLE content(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);"
    /* What is known of files: `path` below `place` had this content when it had that size and time. */
    "CREATE TABLE root(id INTEGER PRIMARY KEY AUTOINCREMENT, place BLOB NOT NULL UNIQUE);"
    "CREATE TABLE file(id INTEGER PRIMARY KEY, root INTEGER NOT NULL REFERENCES root(id),"
    " path BLOB NOT NULL, size INTEGER, mtime_ns INTEGER, content INTEGER REFERENCES content(id),"
    " UNIQUE(root, path));"
    /* What was measured: a network, and run keys, each the rows of one definition and one tuning. */
    "CREATE TABLE network(id INTEGER PRIMARY KEY AUTOINCREMENT, cfg_xxh3 TEXT NOT NULL,"
    " weights_xxh3 TEXT NOT NULL, cfg BLOB NOT NULL, weights BLOB NOT NULL, layers TEXT NOT NULL,"
    " UNIQUE(cfg_xxh3, weights_xxh3));"
    "CREATE TABLE series(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " network INTEGER NOT NULL REFERENCES network(id), question TEXT NOT NULL, plan TEXT NOT NULL,"
    " versions TEXT NOT NULL, UNIQUE(network, question, plan));"
    /* The tuning last used for a tuning key. */
    "CREATE TABLE choice(network INTEGER NOT NULL REFERENCES network(id), question TEXT NOT NULL,"
    " asked TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY(network, question, asked)) WITHOUT ROWID;"
    /* A data set: `listing` is the hash of its images and classes, `about` the message `dataset` of
     * PROTOCOL.md. Its images are stored in parts of IMAGE_LIST_PART (store_image_list.h), and can be used
     * once it is complete. */
    "CREATE TABLE dataset(id INTEGER PRIMARY KEY AUTOINCREMENT, listing BLOB NOT NULL,"
    " root INTEGER NOT NULL REFERENCES root(id), split BLOB NOT NULL, about TEXT NOT NULL,"
    " images INTEGER NOT NULL, complete INTEGER NOT NULL, UNIQUE(listing, root));"
    "CREATE TABLE listing(id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset(id),"
    " part INTEGER NOT NULL, entries BLOB NOT NULL, UNIQUE(dataset, part));"
    "CREATE TABLE study(id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL REFERENCES series(id),"
    " dataset INTEGER NOT NULL REFERENCES dataset(id), changed INTEGER NOT NULL, UNIQUE(series, dataset));"
    /* The rows: `kind` as enum exclusion; `cells` as keep_cells_bytes, NaN for no gradient of its own. */
    "CREATE TABLE measured(series INTEGER NOT NULL REFERENCES series(id),"
    " content INTEGER NOT NULL REFERENCES content(id), class INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " top INTEGER, score REAL, layer INTEGER, reason TEXT, cells BLOB,"
    " PRIMARY KEY(series, content, class)) WITHOUT ROWID;";

static int header(struct sql *q, int64_t *application, int64_t *version, int64_t *made, struct error *e)
{
    /* In one statement, for one consistent state. */
    static const char text[] = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
                               " FROM pragma_application_id, pragma_user_version";
    sqlite3_stmt *s = sql_use(q, e, text, "");
    int status = sql_step(q, s, e);
    if (status != 1)
        return status < 0 ? -1 : error_at(e, q->path, 0, "says nothing");
    *application = sqlite3_column_int64(s, 0);
    *version = sqlite3_column_int64(s, 1);
    *made = sqlite3_column_int64(s, 2);
    sqlite3_reset(s);
    return 0;
}

int schema_owner(struct sql *q, enum schema_owner *owner, struct error *e)
{
    int64_t application = 0, version = 0, made = 0;
    if (header(q, &application, &version, &made, e) < 0)
        return -1;
    if (application == APPLICATION)
        *owner = version > VERSION ? SCHEMA_LATER : SCHEMA_OURS;
    else
        *owner = application == 0 && version == 0 && made == 0 ? SCHEMA_NOBODY : SCHEMA_FOREIGN;
    return 0;
}

/* 1: they exist. */
static int is_made(struct sql *q, struct error *e)
{
    enum schema_owner owner;
    return schema_owner(q, &owner, e) < 0 ? -1 : owner != SCHEMA_NOBODY;
}

static int make(struct sql *q, struct error *e)
{
    int made = is_made(q, e); /* another program may have created them */
    if (made)
        return made < 0 ? -1 : 0;
    char marks[96];
    snprintf(marks, sizeof marks, "PRAGMA application_id=%d;PRAGMA user_version=%d", APPLICATION, VERSION);
    return sql_script(q, tables, e) < 0 || sql_script(q, marks, e) < 0 ? -1 : 0;
}

int schema_make(struct sql *q, struct error *e)
{
    int made = is_made(q, e);
    if (made)
        return made < 0 ? -1 : 0;
    if (sql_begin(q, e) == 0 && make(q, e) == 0 && sql_commit(q, e) == 0)
        return 0;
    sql_rollback(q);
    return -1;
}
