#include "wire/message_hello.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "wire/fields.h"
#include "wire/version.h"

json_t *message_hello(void)
{
    return json_pack("{ss si}", "type", "hello", "protocol", ISPLIT_PROTOCOL);
}

int message_hello_read(const json_t *message, int *protocol, struct error *e)
{
    struct fields f = fields_of(message, e, "hello");
    *protocol = (int)fields_integer(&f, "protocol", 0, INT_MAX);
    return f.failed ? -1 : 0;
}

/* Each of message_versions that is a text; the last three may be left out. */
enum { TEXTS = 8, TEXTS_ALWAYS = 5 };
static const char *const text_keys[TEXTS] = {"version", "darknet", "onednn", "stb",
                                             "isa",     "zstd",    "lzma",   "jpeg"};

static void versions_texts(struct message_versions *v, char *texts[TEXTS])
{
    char *const all[TEXTS] = {v->version, v->darknet, v->onednn, v->stb, v->isa, v->zstd, v->lzma, v->jpeg};
    memcpy(texts, all, sizeof all);
}

json_t *message_versions(const struct message_versions *versions)
{
    struct message_versions v = *versions;
    char *texts[TEXTS];
    json_t *message = json_pack("{ss si}", "type", "hello", "protocol", v.protocol);
    versions_texts(&v, texts);
    for (int i = 0; i < TEXTS; i++)
        if (i < TEXTS_ALWAYS || texts[i][0])
            json_object_set_new(message, text_keys[i], fields_from_text(texts[i]));
    return message;
}

int message_versions_read(const json_t *message, struct message_versions *v, struct error *e)
{
    struct fields f = fields_of(message, e, "hello");
    char *texts[TEXTS];
    versions_texts(v, texts);
    v->protocol = (int)fields_integer(&f, "protocol", 0, INT_MAX);
    for (int i = 0; i < TEXTS; i++) {
        bool said = i < TEXTS_ALWAYS || (!f.failed && json_object_get(message, text_keys[i]));
        snprintf(texts[i], sizeof v->version, "%s", said ? fields_text(&f, text_keys[i], false) : "");
    }
    return f.failed ? -1 : 0;
}
