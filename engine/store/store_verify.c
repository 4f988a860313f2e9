#include "store/store_check.h"
#include "store/store_parts.h"
#include "store/store_study.h"

struct verify {
    long most, faults;
    void (*say)(void *data, const char *fault);
    void *data;
};

static void verify_say(void *data, const char *text)
{
    struct verify *v = data;
    if (v->faults++ < v->most)
        v->say(v->data, text);
}

void store_watch(struct store *s, void (*tell)(void *data, const char *what, long done, long of), void *data)
{
    sql_watch(&s->sql, tell, data);
}

long store_verify(struct store *s, long most, void (*say)(void *data, const char *fault), void *data,
                  struct error *e)
{
    struct verify v = {.most = most, .say = say, .data = data};
    struct error why;
    if (sql_script(&s->sql, "BEGIN", e) < 0)
        return -1;
    int status = check_store(&s->sql, verify_say, &v, &why);
    sql_rollback(&s->sql);
    if (status < 0 && s->sql.code == SQLITE_CORRUPT)
        verify_say(&v, why.text);
    else if (status < 0)
        return error_set(e, "%s", why.text);
    return v.faults;
}
