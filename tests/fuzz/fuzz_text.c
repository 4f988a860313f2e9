/* Small readers of text: escapes, percent-encoding, base64, numbers, sizes. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "fuzz.h"

static void check_escapes(const char *text)
{
    char *escaped = text_escape(text), *encoded = text_percent_encode(text),
         *decoded = text_percent_decode(encoded);
    FUZZ_CHECK(decoded && strcmp(decoded, text) == 0);
    for (const char *p = escaped; *p;) {
        int n = 0;
        char same[5];
        text_encode(text_decode(p, &n), same);
        FUZZ_CHECK(n > 0 && strncmp(p, same, (size_t)n) == 0);
        p += n;
    }
    char *twice = text_escape(escaped);
    FUZZ_CHECK(strcmp(escaped, twice) == 0);
    free(twice);
    free(escaped);
    free(encoded);
    free(decoded);
    free(text_percent_decode(text));
}

static void check_base64(const uint8_t *data, size_t size, const char *text)
{
    unsigned char *bytes = malloc(size + 1), *same = malloc(size + 1);
    for (size_t n = 0; n < 8 && n <= size; n++)
        base64_decode(text, bytes, n);
    char *encoded = base64_encode(data, size);
    FUZZ_CHECK(base64_decode(encoded, same, size) == 0 && memcmp(same, data, size) == 0);
    free(encoded);
    free(bytes);
    free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"curve", "layers", "profile", NULL};
    char *text = fuzz_text((struct fuzz_part){data, size});
    long number;
    float single;
    double twice;
    text_to_long(text, &number);
    text_to_float(text, &single);
    text_to_double(text, &twice);
    if (size < 40)
        text_nearest(text, words);
    check_escapes(text);
    if (size)
        check_base64(data, size, text);
    text_trim(text);
    free(text);
    return 0;
}
