#include "features/dtype.h"

#include <assert.h>
#include <stddef.h>

static const struct dtype_row {
    int bits;
    bool affine;
} dtype_table[] = {
    [DTYPE_F32] = {32, false}, [DTYPE_F16] = {16, false}, [DTYPE_INT8] = {8, true}, [DTYPE_INT6] = {6, true},
    [DTYPE_INT5] = {5, true},  [DTYPE_INT4] = {4, true},  [DTYPE_INT3] = {3, true}, [DTYPE_INT2] = {2, true},
};
#define WORDS "f32", "f16", "int8", "int6", "int5", "int4", "int3", "int2"
const char *const dtype_words[] = {WORDS, NULL};
const char *const dtype_choices[] = {WORDS, "auto", NULL};
const char *const coder_words[] = {"none", "zstd", "lzma", NULL};
static_assert(sizeof dtype_table / sizeof *dtype_table == DTYPES, "a row for every dtype");
static_assert(sizeof dtype_words / sizeof *dtype_words == DTYPES + 1, "a word for every dtype");
static_assert(sizeof coder_words / sizeof *coder_words == CODERS + 1, "a word for every coder");

int dtype_bits(enum dtype type)
{
    return dtype_table[type].bits;
}

bool dtype_is_affine(enum dtype type)
{
    return dtype_table[type].affine;
}

int64_t dtype_bytes(enum dtype type, int64_t bytes_f32)
{
    int64_t numbers = bytes_f32 / (int64_t)sizeof(float);
    return (numbers * dtype_bits(type) + 7) / 8;
}

int64_t coder_most(enum dtype type, int64_t bytes_f32)
{
    int64_t numbers = bytes_f32 / (int64_t)sizeof(float), bits = dtype_bits(type);
    int64_t laid_out = numbers * (bits > 8 ? bits / 8 : 1);
    return laid_out + laid_out / 3 + 1024; /* as coder_room has it */
}
