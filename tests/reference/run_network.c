/* A network as a filter, for runtimes.py: numbers of its input from standard input, those of its output into
 * a file, since the library prints; all float32.
 *
 *     run_network CFG WEIGHTS OUTPUT
 *
 * With -DFORK it is a program of a maintained fork of Darknet, which passes networks by value where Debian's
 * does not. */
#include <darknet.h>

#ifdef FORK
#define PREDICT network_predict_ptr
#else
#define PREDICT network_predict
#endif

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    network *net = load_network(argv[1], argv[2], 0);
    size_t in = (size_t)net->inputs, out = (size_t)net->outputs;
    float *x = calloc(in, sizeof *x);
    if (!x || fread(x, sizeof *x, in, stdin) != in)
        return 1;
    float *y = PREDICT(net, x);
    FILE *result = fopen(argv[3], "wb");
    return result && fwrite(y, sizeof *y, out, result) == out && fclose(result) == 0 ? 0 : 1;
}
