/* Runs stock libdarknet on one input and writes what every layer made: the yardstick of test_reference.py.
 *
 *   stock_darknet CFG WEIGHTS INPUT OUTPUT
 *
 * INPUT: float32, planar. OUTPUT: for each layer an int32 count and as many float32. The cfg must say
 * batch=1. Two faults of the library are worked around, because they only hide a right forward pass:
 * deconvolution has groups = 0 (a division by zero while weights load), and [batchnorm] has no room for its
 * copies. */
#include <darknet.h>

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

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    network *net = parse_network_cfg(argv[1]);
    for (int i = 0; i < net->n; i++)
        repair(&net->layers[i]);
    load_weights(net, argv[2]);
    float *input = calloc((size_t)net->inputs, sizeof *input);
    if (!input || read_floats(argv[3], input, (size_t)net->inputs))
        return 1;
    network_predict(net, input);
    return write_outputs(argv[4], net) ? 1 : 0;
}
