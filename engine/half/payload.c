#include "half/payload.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct payload {
    enum dtype type;
    struct encode_affine affine;
    size_t n, most;
    unsigned char *bytes; // [most]
    float *numbers;       // [n]
};

struct payload *payload_new(const struct half_sheet *sheet, size_t n, struct error *e)
{
    struct payload *p = memory_new(1, sizeof *p);
    p->type = sheet->type;
    p->affine = sheet->affine;
    p->n = n;
    p->most = (size_t)dtype_bytes(p->type, (int64_t)(n * sizeof(float)));
    p->bytes = memory_try(p->most, 1);
    p->numbers = memory_try(n, sizeof *p->numbers);
    if (p->bytes && p->numbers)
        return p;
    error_set(e, "no memory for %zu numbers", n);
    payload_free(p);
    return NULL;
}

void payload_free(struct payload *p)
{
    if (!p)
        return;
    free(p->bytes);
    free(p->numbers);
    free(p);
}

size_t payload_most(const struct payload *p)
{
    return p->most;
}

const unsigned char *payload_encode(struct payload *p, const float *x, size_t *length, struct error *e)
{
    for (size_t i = 0; i < p->n; i++)
        if (!isfinite(x[i])) {
            error_set(e, "number %zu of the head's output is not finite", i);
            return NULL;
        }
    encode_numbers(p->type, &p->affine, x, p->n, p->bytes);
    *length = p->most;
    return p->bytes;
}

const float *payload_decode(struct payload *p, const unsigned char *bytes, size_t length, struct error *e)
{
    if (length != p->most) {
        error_set(e, "a tensor of %zu bytes (expected %zu)", length, p->most);
        return NULL;
    }
    encode_back(p->type, &p->affine, bytes, p->n, p->numbers);
    return p->numbers;
}
