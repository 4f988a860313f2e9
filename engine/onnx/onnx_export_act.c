/* Darknet's activations in operators of ONNX. */
#include "onnx/onnx_export_parts.h"

/* ---- Parts ------------------------------------------------------------------------------------------ */

static const char *act_of_one(struct onnx_model *m, const char *type, const char *x)
{
    return onnx_model_node(m, type, 1, &x);
}

static const char *act_of_two(struct onnx_model *m, const char *type, const char *a, const char *b)
{
    return onnx_model_node(m, type, 2, (const char *const[]){a, b});
}

/* factor * x + term. */
static const char *act_line(struct onnx_model *m, const char *x, float factor, float term)
{
    const char *scaled = act_of_two(m, "Mul", x, onnx_model_number(m, factor));
    return term < 0.0f || term > 0.0f ? act_of_two(m, "Add", scaled, onnx_model_number(m, term)) : scaled;
}

static const char *act_clip(struct onnx_model *m, const char *x, float min, float max)
{
    const char *y = act_of_one(m, "Clip", x);
    onnx_model_float(m, "min", min);
    onnx_model_float(m, "max", max);
    return y;
}

/* max(0, min(1, slope * x + 0.5 or 1)). */
static const char *act_ramp_of(struct onnx_model *m, const char *x, float slope, float middle)
{
    const char *y = act_of_one(m, "HardSigmoid", x);
    onnx_model_float(m, "alpha", slope);
    onnx_model_float(m, "beta", middle);
    return y;
}

/* ---- The table -------------------------------------------------------------------------------------- */

static const char *act_relu6(struct onnx_model *m, const char *x)
{
    return act_clip(m, x, 0, 6);
}

static const char *act_hardtan(struct onnx_model *m, const char *x)
{
    return act_clip(m, x, -1, 1);
}

/* x + 0.1 x above 0, 0.1 x below. */
static const char *act_ramp(struct onnx_model *m, const char *x)
{
    return act_of_two(m, "Add", act_of_one(m, "Relu", x), act_line(m, x, 0.1f, 0));
}

static const char *act_loggy(struct onnx_model *m, const char *x)
{
    return act_line(m, act_of_one(m, "Sigmoid", x), 2, -1);
}

/* Three straight parts: the outer ones' slope everywhere, and what the inner one has more. */
static const char *act_plse(struct onnx_model *m, const char *x)
{
    const char *outer = act_line(m, x, 0.01f, 0.5f);
    return act_of_two(m, "Add", outer, act_line(m, act_clip(m, x, -4, 4), 0.115f, 0));
}

static const char *act_lhtan(struct onnx_model *m, const char *x)
{
    const char *outer = act_line(m, x, 0.001f, 0);
    return act_of_two(m, "Add", outer, act_line(m, act_clip(m, x, 0, 1), 0.999f, 0));
}

/* With n = floor(x) and half = floor(x / 2): half where n is even, half + x - n where it is odd. */
static const char *act_stair(struct onnx_model *m, const char *x)
{
    const char *n = act_of_one(m, "Floor", x), *half = act_of_one(m, "Floor", act_line(m, x, 0.5f, 0));
    const char *odd = act_of_two(m, "Sub", n, act_line(m, half, 2, 0));
    return act_of_two(m, "Add", half, act_of_two(m, "Mul", odd, act_of_two(m, "Sub", x, n)));
}

static const char *act_swish(struct onnx_model *m, const char *x)
{
    return act_of_two(m, "Mul", x, act_of_one(m, "Sigmoid", x));
}

static const char *act_mish(struct onnx_model *m, const char *x)
{
    return act_of_two(m, "Mul", x, act_of_one(m, "Tanh", act_of_one(m, "Softplus", x)));
}

static const char *act_hard_sigmoid(struct onnx_model *m, const char *x)
{
    return act_ramp_of(m, x, 1 / 6.0f, 0.5f);
}

static const char *act_hard_swish(struct onnx_model *m, const char *x)
{
    return act_of_two(m, "Mul", x, act_hard_sigmoid(m, x));
}

static const char *act_hard_mish(struct onnx_model *m, const char *x)
{
    return act_of_two(m, "Mul", x, act_ramp_of(m, x, 0.5f, 1));
}

/* Either one operator with its numbers, or a function of several. */
static const struct export_act {
    const char *type, *first, *second; /* attributes */
    float of_first, of_second;
    const char *(*make)(struct onnx_model *m, const char *x);
} export_acts[NET_ACTS] = {
    [NET_LOGISTIC] = {.type = "Sigmoid"},
    [NET_RELU] = {.type = "Relu"},
    [NET_RELIE] = {.type = "LeakyRelu", .first = "alpha", .of_first = 0.01f},
    [NET_RAMP] = {.make = act_ramp},
    [NET_TANH] = {.type = "Tanh"},
    [NET_PLSE] = {.make = act_plse},
    [NET_LEAKY] = {.type = "LeakyRelu", .first = "alpha", .of_first = 0.1f},
    [NET_ELU] = {.type = "Elu", .first = "alpha", .of_first = 1},
    [NET_LOGGY] = {.make = act_loggy},
    [NET_STAIR] = {.make = act_stair},
    [NET_HARDTAN] = {.make = act_hardtan},
    [NET_LHTAN] = {.make = act_lhtan},
    [NET_SELU] =
        {.type = "Selu", .first = "alpha", .of_first = 1.6732f, .second = "gamma", .of_second = 1.0507f},
    [NET_RELU6] = {.make = act_relu6},
    [NET_SWISH] = {.make = act_swish},
    [NET_MISH] = {.make = act_mish},
    [NET_HARD_MISH] = {.make = act_hard_mish},
    [NET_HARD_SWISH] = {.make = act_hard_swish},
    [NET_HARD_SIGMOID] = {.make = act_hard_sigmoid},
};

const char *onnx_export_act(struct onnx_model *m, enum net_act act, const char *x)
{
    const struct export_act *a = &export_acts[act];
    if (act == NET_LINEAR || a->make)
        return a->make ? a->make(m, x) : x;
    const char *y = act_of_one(m, a->type, x);
    if (a->first)
        onnx_model_float(m, a->first, a->of_first);
    if (a->second)
        onnx_model_float(m, a->second, a->of_second);
    return y;
}
