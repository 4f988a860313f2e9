/* Batch norm in weights and biases. */
#include <math.h>

#include "net/batch_norm.h"
#include "onnx/onnx_export_parts.h"

/* How a layer's weights lie: `run` of them belong to a channel, then come those of the next. */
struct export_runs {
    size_t channels, run, all;
};

static struct export_runs export_runs_of(const struct net_layer *l)
{
    size_t window = (size_t)l->size * (size_t)l->size, out = (size_t)l->out.c;
    if (l->kind == NET_DECONVOLUTIONAL) /* [in][out][window] */
        return (struct export_runs){out, window, (size_t)l->in.c * out * window};
    size_t in =
        l->kind == NET_CONNECTED ? (size_t)net_shape_size(l->in) : (size_t)(l->in.c / l->groups) * window;
    return (struct export_runs){out, in, out * in};
}

size_t onnx_export_weights_n(const struct net_layer *l)
{
    return export_runs_of(l).all;
}

void onnx_export_normal(const struct net_params *p, int c, double *factor, double *term)
{
    double bias = p->biases ? (double)p->biases[c] : 0;
    *factor = p->variance ? (double)p->scales[c] / batch_norm_divisor(p->epsilon, p->variance[c]) : 1;
    *term = p->variance ? bias - (double)p->mean[c] * *factor : bias;
}

bool onnx_export_fold(const struct net_layer *l, const struct net_params *p, float *weights, float *biases)
{
    const struct export_runs r = export_runs_of(l);
    bool finite = true;
    for (size_t i = 0; i < r.all; i++) {
        double factor, term;
        onnx_export_normal(p, (int)(i / r.run % r.channels), &factor, &term);
        weights[i] = (float)((double)p->weights[i] * factor);
        finite = finite && isfinite(weights[i]);
    }
    for (int c = 0; c < l->out.c; c++) {
        double factor, term;
        onnx_export_normal(p, c, &factor, &term);
        biases[c] = (float)term;
        finite = finite && isfinite(biases[c]);
    }
    return finite;
}
