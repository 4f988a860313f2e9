/* An ONNX model: what is not refused is a network, with weights of its size. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "fuzz.h"
#include "net/net.h"
#include "net/weights.h"
#include "onnx/onnx_import.h"

/* Those of a header of 20 bytes are expected; the one that is written has 16. */
static void check_network(const char *text, size_t length, size_t weights)
{
    struct error e;
    struct net *net = net_parse(text, length, "fuzz.cfg", &e);
    FUZZ_CHECK(net != NULL);
    FUZZ_CHECK((int64_t)weights + 4 == weights_expected_bytes(net));
    net_free(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *path;
    struct text_list notes = {0};
    struct error e;
    char *text, *numbers;
    size_t length, bytes;
    if (!path) {
        char *beside = fuzz_path("data");
        path = fuzz_path("model.onnx");
        fuzz_write(beside, (const uint8_t *)"0123456789abcdef0123456789abcdef", 32);
        free(beside);
    }
    fuzz_write(path, data, size);
    FILE *cfg = memory_stream(&text, &length), *weights = memory_stream(&numbers, &bytes);
    int status = onnx_import(path, cfg, weights, NULL, NULL, &notes, &e);
    fclose(cfg);
    fclose(weights);
    if (status == 0)
        check_network(text, length, bytes);
    text_list_free(&notes);
    free(text);
    free(numbers);
    return 0;
}
