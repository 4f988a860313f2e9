/* Runs the halves of a network with stock libdarknet, as its users would, and compares them with the whole.
 *
 *   stock_split CFG WEIGHTS INPUTS     then on standard input, a line each: LAYER DIR
 *
 * For every line the head and the tail are loaded from DIR with the library's own load_network, and what
 * network_predict gives for the head goes into the tail. Each line is answered by one: "= same", or what differs
 * from the whole. Nothing of the library is repaired here. CFG says batch=1. */
#include <darknet.h>
#include <math.h>
#include <stdint.h>

/* The library draws a random number for every weight before the file overwrites it; that takes longer than all
 * else. */
float rand_normal(void)
{
    return 0;
}

float rand_uniform(float min, float max)
{
    (void)max;
    return min;
}

static network *load(const char *folder, const char *name)
{
    char cfg[4096], weights[4096];
    snprintf(cfg, sizeof cfg, "%s/%s.cfg", folder, name);
    snprintf(weights, sizeof weights, "%s/%s.weights", folder, name);
    return load_network(cfg, weights, 0);
}

/* Input number n of that many values between 0 and 1. */
static float *make_input(int size, int n)
{
    float *x = calloc((size_t)size, sizeof *x);
    uint64_t state = 11 + (uint64_t)n;
    for (int i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        x[i] = (float)(state >> 40) / (1 << 24);
    }
    return x;
}

static const char *compare(network *whole, int layer, network *head, network *tail, const float *x)
{
    float *y = network_predict(whole, (float *)(uintptr_t)x);
    const struct layer *cut = &whole->layers[layer];
    if (get_network_output_layer(head).outputs != cut->outputs || tail->inputs != cut->outputs)
        return "another size of the cut";
    if (get_network_output_layer(tail).outputs != get_network_output_layer(whole).outputs)
        return "another size of the output";
    float *sent = network_predict(head, (float *)(uintptr_t)x);
    if (memcmp(sent, cut->output, (size_t)cut->outputs * sizeof *sent) != 0)
        return "the head's output differs";
    float *got = network_predict(tail, sent);
    float spread = 0;
    int n = get_network_output_layer(whole).outputs;
    if (memcmp(got, y, (size_t)n * sizeof *got) != 0)
        return "the tail's output differs";
    for (int i = 1; i < n; i++)
        spread += fabsf(y[i] - y[0]);
    return spread > 0 ? "same" : "the network gives the same whatever the class: nothing is shown by it";
}

int main(int argc, char **argv)
{
    char folder[4000];
    int layer;
    if (argc != 4)
        return 2;
    network *whole = load_network(argv[1], argv[2], 0);
    while (scanf("%d %3999s", &layer, folder) == 2) {
        network *head = load(folder, "head"), *tail = load(folder, "tail");
        const char *answer = "same";
        for (int i = 0; i < atoi(argv[3]) && strcmp(answer, "same") == 0; i++) {
            float *x = make_input(whole->inputs, i);
            answer = compare(whole, layer, head, tail, x);
            free(x);
        }
        free_network(head);
        free_network(tail);
        printf("= %s\n", answer);
        fflush(stdout);
    }
    return 0;
}
