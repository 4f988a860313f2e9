/* A graph's passes over a batch. */
#include <string.h>

#include "graph/finite.h"
#include "graph/graph_parts.h"
#include "net/activations.h"

void graph_set_input(struct graph *graph, int slot, const float *pixels)
{
    struct tensor t = graph->input_shape;
    graph_pack(t, pixels, number_at(t.type, graph->input, (size_t)slot * tensor_numbers(t)));
}

const float *graph_scores(const struct graph *graph)
{
    return graph->scores;
}

int graph_not_finite(const struct graph *graph, int slot)
{
    return graph->overflowed[slot];
}

int graph_predicted(const struct graph *graph, int slot)
{
    return predicted_class(graph->predicted, graph->scores + (size_t)slot * (size_t)graph->net->classes);
}

static void read_scores(struct graph *graph)
{
    const struct node *node = &graph->nodes[graph->net->score];
    size_t classes = (size_t)graph->net->classes, image = tensor_numbers(node->out);
    bool single = net_is_single(graph->net);
    for (size_t n = 0; n < (size_t)graph->batch; n++)
        for (size_t i = 0; i < classes; i++) {
            float y =
                number_get(node->out.type, node->y, n * image + tensor_at_index(node->out, single ? 0 : i));
            graph->scores[n * classes + i] = single && i == 0 ? -y : y;
        }
}

static int forward_layer(struct graph *graph, int l, struct error *e)
{
    struct node *node = &graph->nodes[l];
    bool looks = !graph->train;
    if ((looks && finite_before(graph, l, e) < 0) ||
        node->kind->forward(graph->dn, node, graph->batch, e) < 0)
        return -1;
    if (looks)
        finite_after(graph, l);
    if (node->fused)
        return 0;
    size_t n = (size_t)graph->batch * tensor_numbers(node->out);
    enum net_act act = graph_activates(graph, l) ? node->act : NET_LINEAR;
    kernels_activate(act, node->out.type, n, node->z, node->y);
    if (activations[act].at_zero != 0.0f)
        kernels_clear_padding(node->out, graph->batch, node->y);
    return 0;
}

/* Runs the layers after `layer`, up to `last`. */
static int forward_layers(struct graph *graph, int layer, int last, graph_after_call *after, void *user,
                          struct error *e)
{
    if (layer == NET_INPUT)
        finite_begin(graph);
    else
        finite_forget(graph, layer); /* from graph_put */
    for (int l = layer + 1; l <= last; l++) {
        if (!graph->nodes[l].on_path)
            continue;
        if (forward_layer(graph, l, e) < 0)
            return -1;
        if (after)
            after(user, l);
    }
    return 0;
}

/* Runs the layers after `layer`. */
static int forward_rest(struct graph *graph, int layer, graph_after_call *after, void *user, struct error *e)
{
    if (forward_layers(graph, layer, graph->net->score, after, user, e) < 0)
        return -1;
    if (!graph->train)
        finite_end(graph);
    read_scores(graph);
    return 0;
}

int graph_forward_traced(struct graph *graph, graph_after_call *after, void *user, struct error *e)
{
    return forward_rest(graph, NET_INPUT, after, user, e);
}

int graph_forward(struct graph *graph, struct error *e)
{
    return graph_forward_traced(graph, NULL, NULL, e);
}

int graph_forward_from(struct graph *graph, int layer, struct error *e)
{
    return forward_rest(graph, layer, NULL, NULL, e);
}

int graph_forward_between(struct graph *graph, int layer, int last, struct error *e)
{
    return forward_layers(graph, layer, last, NULL, NULL, e);
}

static void seed(struct graph *graph, const int *target)
{
    struct node *node = &graph->nodes[graph->net->score];
    size_t image = tensor_numbers(node->out);
    memset(node->dy, 0, (size_t)graph->batch * image * number_size(node->out.type));
    bool single = net_is_single(graph->net);
    for (size_t n = 0; n < (size_t)graph->batch; n++)
        number_put(node->out.type, node->dy,
                   n * image + tensor_at_index(node->out, single ? 0 : (size_t)target[n]),
                   single && target[n] == 0 ? -1.0f : 1.0f);
}

/* As seed, which is the case of one 1 an image. The two scores of a single output y are -y and y. */
static void seed_given(struct graph *graph, const float *gradient)
{
    struct node *node = &graph->nodes[graph->net->score];
    size_t image = tensor_numbers(node->out), classes = (size_t)graph->net->classes;
    memset(node->dy, 0, (size_t)graph->batch * image * number_size(node->out.type));
    bool single = net_is_single(graph->net);
    for (size_t n = 0; n < (size_t)graph->batch; n++, gradient += classes)
        for (size_t i = 0; i < (single ? 1 : classes); i++)
            number_put(node->out.type, node->dy, n * image + tensor_at_index(node->out, i),
                       single ? gradient[1] - gradient[0] : gradient[i]);
}

static bool hands_on(const struct node *node)
{
    for (int i = 0; i < node->layer->inputs_n; i++)
        if (node->sources[i].dy)
            return true;
    return false;
}

/* Completes dy, the gradient by y, and turns it into that by z; calls the tap on the way. */
static void end_gradient(struct graph *graph, int l, graph_tap_call *tap, void *user)
{
    struct node *node = &graph->nodes[l];
    bool after = graph->tap == TAP_PRE, shown = node->listed;
    bool wanted = after || node->trains || hands_on(node); /* the gradient by z */
    enum net_act act = wanted && graph_activates(graph, l) ? node->act : NET_LINEAR;
    const void *z = graph_needs_z(node) ? node->z : NULL;
    bool unread = !wanted && !graph->shows_gradients;
    struct kernels_ending ending = {act,   node->y, z,          node->more, shown ? graph->alpha : NULL,
                                    after, unread,  graph->sums};
    bool stops = shown && graph->shows_gradients &&
                 !after; /* between the two, so that the tap gets the gradient by y */
    if (stops)
        ending.act = NET_LINEAR;
    kernels_end(node->out, graph->batch, &ending, node->dy);
    if (shown)
        tap(user, l, node->out, after ? node->z : node->y, graph->alpha,
            graph->shows_gradients ? node->dy : NULL);
    if (stops) {
        ending = (struct kernels_ending){act, node->y, z, {0}, NULL, after, false, graph->sums};
        kernels_end(node->out, graph->batch, &ending, node->dy);
    }
}

/* A layer's parameters are changed last: its gradient is that of those it computed with. */
static int backward_layer(struct graph *graph, int l, struct error *e)
{
    struct node *node = &graph->nodes[l];
    if (node->kind->prepare && (node->trains || hands_on(node)))
        node->kind->prepare(node, graph->batch);
    if (node->trains && graph_train_run(graph, l, e) < 0)
        return -1;
    if (node->kind->backward(graph->dn, node, graph->batch, e) < 0)
        return -1;
    return node->trains ? graph_train_hand_over(graph, l, e) : 0;
}

/* The gradient of the score layer's output is there already. */
static int backward_pass(struct graph *graph, graph_tap_call *tap, void *user, struct error *e)
{
    for (int l = graph->net->score; l >= 0; l--) {
        struct node *node = &graph->nodes[l];
        if (!node->needs_gradient)
            continue;
        end_gradient(graph, l, tap, user);
        if (backward_layer(graph, l, e) < 0)
            return -1;
    }
    return 0;
}

int graph_backward(struct graph *graph, const int *target, graph_tap_call *tap, void *user, struct error *e)
{
    if (!graph->nodes[graph->net->score].needs_gradient)
        return 0;
    seed(graph, target);
    return backward_pass(graph, tap, user, e);
}

int graph_backward_from(struct graph *graph, const float *gradient, graph_tap_call *tap, void *user,
                        struct error *e)
{
    if (!graph->nodes[graph->net->score].needs_gradient)
        return 0;
    seed_given(graph, gradient);
    return backward_pass(graph, tap, user, e);
}
