/* An answer with a heatmap, which is drawn; and the request for one. */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/message.h"
#include "wire/message_heatmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e;
    struct heatmap heatmap, again;
    struct heatmap_request request;
    enum message_type type;
    char *line = fuzz_text((struct fuzz_part){data, size});
    json_t *m = message_parse(line, size, &type, &e);
    if (m && message_heatmap_request_read(m, &request, &e) == 0)
        heatmap_request_free(&request);
    if (m && message_heatmap_read(m, &heatmap, &e) == 0) {
        json_t *made = message_heatmap(&heatmap);
        FUZZ_CHECK(made && message_heatmap_read(made, &again, &e) == 0);
        FUZZ_CHECK(again.maps_n == heatmap.maps_n && again.w == heatmap.w && again.h == heatmap.h);
        heatmap_free(&again);
        heatmap_free(&heatmap);
        json_decref(made);
    }
    json_decref(m);
    free(line);
    return 0;
}
