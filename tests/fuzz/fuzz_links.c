/* The file of links, and after "=====" a link as on the command line. */
#include <stdlib.h>

#include "deploy/link_text.h"
#include "fuzz.h"

static void check_link(const struct link *link)
{
    FUZZ_CHECK(link_check(link, NULL) == 0);
    for (int64_t bytes = 0; bytes < INT64_MAX / 1000; bytes = 1000 * bytes + 1)
        FUZZ_CHECK(link_exchange_ms(link, bytes, 4) >= 0 && link_wire_bytes(link, bytes) >= bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part parts[2];
    struct link link;
    struct error e;
    fuzz_parts(data, size, parts, 2);
    struct link_list *list = link_list_read(fuzz_file(parts[0].data, parts[0].size), &e);
    for (int i = 0; i < link_list_n(list); i++)
        check_link(link_list_at(list, i));
    char *text = fuzz_text(parts[1]);
    if (link_parse(text, list, &link, &e) == 0)
        check_link(&link);
    free(text);
    link_list_free(list);
    return 0;
}
