/* Runs stock libdarknet on an input and writes what every layer made: the yardstick of test_reference.py.
 *
 *   stock_darknet     then on standard input, a line each: CFG WEIGHTS INPUT OUTPUT
 *
 * INPUT: float32, planar. OUTPUT: for each layer an int32 count and as many float32. Each line is answered by
 * "= done" or "= failed": the library and all that it needs take longer to load than most networks to run. The
 * cfg must say batch=1. Two faults of the library are worked around, because they only hide a right forward
 * pass: deconvolution has groups = 0 (a division by zero while weights load), and [batchnorm] has no memory for
 * its copies. */
#include <darknet.h>

/* The library draws a random number for every weight before the file overwrites it. */
float rand_normal(void)
{
    return 0;
}

float rand_uniform(float min, float max)
{
    (void)max;
    return min;
}

static void repair(layer *l)
{
    if (l->type == DECONVOLUTIONAL)
        l->groups = 1;
    if (l->type == BATCHNORM) {
        l->x = calloc((size_t)l->outputs, sizeof *l->x);
        l->x_norm = calloc((size_t)l->outputs, sizeof *l->x_norm);
    }
}

static int read_floats(const char *path, float *values, size_t count)
{
    FILE *file = fopen(path, "rb");
    size_t got = file ? fread(values, sizeof *values, count, file) : 0;
    if (file)
        fclose(file);
    return got == count ? 0 : -1;
}

static int write_outputs(const char *path, const network *net)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return -1;
    int failed = 0;
    for (int i = 0; i < net->n; i++) {
        const layer *l = &net->layers[i];
        size_t count = (size_t)l->outputs;
        failed |= fwrite(&l->outputs, sizeof l->outputs, 1, file) != 1;
        failed |= fwrite(l->output, sizeof *l->output, count, file) != count;
    }
    return fclose(file) || failed ? -1 : 0;
}

static int run(char *cfg, char *weights, const char *input, const char *output)
{
    network *net = parse_network_cfg(cfg);
    for (int i = 0; i < net->n; i++)
        repair(&net->layers[i]);
    load_weights(net, weights);
    float *x = calloc((size_t)net->inputs, sizeof *x);
    int failed = !x || read_floats(input, x, (size_t)net->inputs);
    if (!failed) {
        network_predict(net, x);
        failed = write_outputs(output, net);
    }
    free(x);
    free_network(net);
    return failed;
}

int main(void)
{
    char cfg[4096], weights[4096], input[4096], output[4096];
    while (scanf("%4095s %4095s %4095s %4095s", cfg, weights, input, output) == 4) {
        int failed = run(cfg, weights, input, output);
        printf("= %s\n", failed ? "failed" : "done");
        fflush(stdout);
    }
    return 0;
}
