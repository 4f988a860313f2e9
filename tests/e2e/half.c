/* Half of a network as a filter, with stock libdarknet and nothing of isplit: what a device and a server would run.
 *
 *     half CFG WEIGHTS IMAGE     the image goes in, fitted as Darknet's own classifier fits it
 *     half CFG WEIGHTS           numbers from standard input go in: float32, as another half gave them
 *
 * What comes out goes to standard output in the same form, so that a pipe or a connection joins two halves:
 *
 *     half head.cfg head.weights image.png | ssh server half tail.cfg tail.weights | od -A n -t f4 */
#include <darknet.h>

static float *read_image(const char *path, const network *net)
{
    FILE *f = fopen(path, "rb"); /* the library must not be asked for a file that is not there */
    if (!f) {
        perror(path);
        exit(1);
    }
    fclose(f);
    image whole = load_image((char *)path, 0, 0, 3); /* asked for one channel, it gives zeros */
    image fitted = letterbox_image(whole, net->w, net->h);
    return net->c == 1 ? grayscale_image(fitted).data : fitted.data;
}

static float *read_numbers(int n)
{
    float *x = calloc((size_t)n, sizeof *x);
    if (!x || fread(x, sizeof *x, (size_t)n, stdin) != (size_t)n) {
        fprintf(stderr, "standard input: expected %d numbers\n", n);
        exit(1);
    }
    return x;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: half CFG WEIGHTS [IMAGE]\n");
        return 2;
    }
    network *net = load_network(argv[1], argv[2], 0);
    float *x = argc == 4 ? read_image(argv[3], net) : read_numbers(net->inputs);
    float *y = network_predict(net, x);
    size_t n = (size_t)get_network_output_layer(net).outputs;
    return fwrite(y, sizeof *y, n, stdout) == n && fflush(stdout) == 0 ? 0 : 1;
}
