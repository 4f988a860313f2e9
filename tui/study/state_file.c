#include "study/state_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { VERSION = 1, SIZE_LIMIT = 16 << 20 };

char *state_file_of_network(const char *cfg_xxh3)
{
    char *name = memory_format("networks/%s.json", cfg_xxh3);
    char *path = file_user_path("XDG_STATE_HOME", ".local/state", name);
    free(name);
    return path;
}

int state_file_put_aside(const char *path, const char *why, struct error *e)
{
    char *aside = file_put_aside(path);
    if (aside)
        error_at(e, path, 0, "is damaged (%.700s): put aside as %s", why, aside);
    else
        error_at(e, path, 0, "is damaged (%.700s), and cannot be put aside: %s", why, strerror(errno));
    free(aside);
    return -1;
}

static json_t *state_file_parse(const char *bytes, size_t length, struct error *e)
{
    json_error_t why;
    json_t *object = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &why);
    if (object)
        return object;
    char *text = text_escape(why.text);
    error_set(e, "line %d: %s", why.line, text);
    free(text);
    return NULL;
}

/* 1: ours; 0: of a newer program; -1: damaged. */
static int state_file_check(const json_t *object, const char *kind, struct error *e)
{
    const json_t *word = json_object_get(object, "isplit");
    const json_t *version = json_object_get(object, "version");
    if (!json_is_string(word) || strcmp(json_string_value(word), kind) != 0)
        return error_set(e, "\"isplit\" is not \"%s\"", kind);
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return error_set(e, "\"version\" is not a number from 1 on");
    return json_integer_value(version) == VERSION;
}

enum state_found { STATE_NONE, STATE_OURS, STATE_NEWER, STATE_DAMAGED, STATE_UNREADABLE };

/* What stands there, as *object of ours and of a newer program; `why` says what is wrong with the others. */
static enum state_found state_file_find(const char *path, const char *kind, json_t **object,
                                        struct error *why)
{
    struct stat st;
    *object = NULL;
    if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return STATE_NONE;
    size_t length;
    char *bytes = file_read(path, SIZE_LIMIT, &length, why);
    if (!bytes)
        return STATE_UNREADABLE;
    json_t *found = state_file_parse(bytes, length, why);
    free(bytes);
    int ours = found ? state_file_check(found, kind, why) : -1;
    if (ours < 0) {
        json_decref(found);
        return STATE_DAMAGED;
    }
    *object = found;
    return ours ? STATE_OURS : STATE_NEWER;
}

json_t *state_file_look(const char *path, const char *kind)
{
    json_t *object;
    struct error ignored;
    if (state_file_find(path, kind, &object, &ignored) == STATE_OURS)
        return object;
    json_decref(object);
    return NULL;
}

int state_file_read(const char *path, const char *kind, json_t **object, struct error *e)
{
    struct error why;
    enum state_found found = state_file_find(path, kind, object, &why);
    if (found == STATE_NONE || found == STATE_OURS)
        return 0;
    if (found == STATE_DAMAGED)
        return state_file_put_aside(path, why.text, e);
    if (found == STATE_UNREADABLE)
        return error_set(e, "%s", why.text);
    error_at(e, path, 0, "was kept by a newer isplit (version %lld, expected %d): left as it is",
             (long long)json_integer_value(json_object_get(*object, "version")), VERSION);
    json_decref(*object);
    *object = NULL;
    return -1;
}

static int write_object(const char *path, const json_t *object, struct error *e)
{
    struct file_out f;
    if (file_out_open(&f, path, e) < 0)
        return -1;
    if (json_dumpf(object, f.stream, JSON_INDENT(1) | JSON_ENSURE_ASCII) < 0 ||
        fputc('\n', f.stream) == EOF) {
        file_out_abandon(&f);
        return error_at(e, path, 0, "cannot write: %s", strerror(errno));
    }
    f.hasty = true; /* no sync: keys must not wait for a slow disk, and a damaged file would be renamed */
    return file_out_commit(&f, e);
}

static int state_file_replace(const char *path, const char *kind, json_t *object, struct error *e)
{
    struct error why;
    json_t *whole = json_pack("{s:s,s:i}", "isplit", kind, "version", VERSION);
    int status = !whole || !object || json_object_update(whole, object) < 0 ? error_set(e, "no memory") : 0;
    if (status == 0 && (file_make_folders(path, &why) < 0 || write_object(path, whole, &why) < 0))
        status = error_set(e, "cannot keep the %s: %.1800s", kind, why.text);
    json_decref(whole);
    return status;
}

/* What cannot be read is not replaced either. */
int state_file_write(const char *path, const char *kind, json_t *object, struct error *e)
{
    json_t *there;
    struct error why;
    enum state_found found = state_file_find(path, kind, &there, &why);
    json_decref(there);
    int status = found == STATE_DAMAGED ? state_file_put_aside(path, why.text, e) : 0;
    if (found == STATE_UNREADABLE)
        status = error_set(e, "cannot keep the %s: %.1800s", kind, why.text);
    else if (found != STATE_NEWER && state_file_replace(path, kind, object, &why) < 0)
        status = error_set(e, "%s", why.text);
    json_decref(object);
    return status;
}
