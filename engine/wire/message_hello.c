#include "wire/message_hello.h"

#include <limits.h>
#include <stdio.h>

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

json_t *message_versions(const struct message_versions *v)
{
    return json_pack("{ss si so so so so so}", "type", "hello", "protocol", v->protocol, "version",
                     fields_from_text(v->version), "darknet", fields_from_text(v->darknet), "onednn",
                     fields_from_text(v->onednn), "stb", fields_from_text(v->stb), "isa",
                     fields_from_text(v->isa));
}

int message_versions_read(const json_t *message, struct message_versions *v, struct error *e)
{
    struct fields f = fields_of(message, e, "hello");
    struct {
        const char *key;
        char *out;
    } texts[] = {
        {"version", v->version}, {"darknet", v->darknet}, {"onednn", v->onednn},
        {"stb", v->stb},         {"isa", v->isa},
    };
    v->protocol = (int)fields_integer(&f, "protocol", 0, INT_MAX);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        snprintf(texts[i].out, sizeof v->version, "%s", fields_text(&f, texts[i].key, false));
    return f.failed ? -1 : 0;
}
