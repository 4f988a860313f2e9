#include "train/loss.h"

#include <math.h>
#include <string.h>

/* The scores of one image, and where its gradient goes, times `weight`; NULL: nowhere. */
struct loss_image {
    const float *scores, *teacher;
    int label, outputs;
    float *gradient;
    double weight;
};

static void loss_add(const struct loss_image *m, int k, double slope)
{
    if (m->gradient)
        m->gradient[k] += (float)(m->weight * slope);
}

/* log(1 + exp x) */
static double loss_softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double loss_logistic(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

/* log sum_k exp(z_k / t), computed so that it overflows for no finite scores; NaN where one is NaN. */
static double loss_log_sum(const float *z, int n, double t)
{
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < n; k++)
        most = fmax(most, (double)z[k]);
    for (int k = 0; k < n; k++)
        sum += exp(((double)z[k] - most) / t);
    return most / t + log(sum);
}

static double loss_one_label(const struct loss_image *m)
{
    double z = (double)m->scores[0];
    loss_add(m, 0, loss_logistic(z) - m->label);
    return loss_softplus(m->label ? -z : z);
}

static double loss_label(const struct loss_image *m)
{
    double total = loss_log_sum(m->scores, m->outputs, 1);
    for (int k = 0; k < m->outputs; k++)
        loss_add(m, k, exp((double)m->scores[k] - total) - (k == m->label));
    return total - (double)m->scores[m->label];
}

/* T^2 times p log(p / q) + (1 - p) log((1 - p) / (1 - q)); log p = -softplus(-x) for p = logistic(x). */
static double loss_one_distil(const struct loss_image *m, double t)
{
    double x = (double)m->teacher[0] / t, z = (double)m->scores[0] / t, p = loss_logistic(x);
    loss_add(m, 0, t * (loss_logistic(z) - p));
    return t * t *
           (p * (loss_softplus(-z) - loss_softplus(-x)) + (1 - p) * (loss_softplus(z) - loss_softplus(x)));
}

static double loss_distil(const struct loss_image *m, double t)
{
    double sum = 0;
    double log_p = loss_log_sum(m->teacher, m->outputs, t), log_q = loss_log_sum(m->scores, m->outputs, t);
    for (int k = 0; k < m->outputs; k++) {
        double lp = (double)m->teacher[k] / t - log_p, lq = (double)m->scores[k] / t - log_q, p = exp(lp);
        sum += p * (lp - lq);
        loss_add(m, k, t * (exp(lq) - p));
    }
    return t * t * sum;
}

static double loss_image_of(enum retrain_loss kind, double temperature, struct loss_image m)
{
    bool single = m.outputs == 1;
    double share = kind == RETRAIN_BOTH ? 0.5 : 1, sum = 0;
    m.weight *= share;
    if (kind != RETRAIN_DISTILL)
        sum += single ? loss_one_label(&m) : loss_label(&m);
    if (kind != RETRAIN_LABELS)
        sum += single ? loss_one_distil(&m, temperature) : loss_distil(&m, temperature);
    return share * sum;
}

double loss_of(enum retrain_loss kind, double temperature, int outputs, int used, const float *scores,
               const int *labels, const float *teacher, float *gradient, int batch)
{
    double sum = 0;
    size_t n = (size_t)outputs;
    if (gradient)
        memset(gradient, 0, (size_t)batch * n * sizeof *gradient);
    for (int i = 0; i < used; i++) {
        size_t at = (size_t)i * n;
        sum += loss_image_of(kind, temperature,
                             (struct loss_image){
                                 .scores = scores + at,
                                 .teacher = kind == RETRAIN_LABELS ? NULL : teacher + at,
                                 .label = kind == RETRAIN_DISTILL ? 0 : labels[i],
                                 .outputs = outputs,
                                 .gradient = gradient ? gradient + at : NULL,
                                 .weight = 1.0 / used,
                             });
    }
    return sum / used;
}
