#include "net/activations.h"

#include <assert.h>
#include <math.h>

/* SELU's constants as Darknet writes them (Klambauer et al. 2017). */
#define SELU_SCALE 1.0507f
#define SELU_ALPHA 1.6732f

/* An activation's three functions, from the expressions for its value at z and its slope at z with y =
 * act(z). Each has a loop of its own, so that no branch is taken per element. */
#define ACTIVATION(act, value_of_z, slope_of_z_y)                                                            \
    static float act##_value(float z)                                                                        \
    {                                                                                                        \
        return value_of_z;                                                                                   \
    }                                                                                                        \
    static void act##_values(size_t n, const float *z, float *y)                                             \
    {                                                                                                        \
        for (size_t i = 0; i < n; i++)                                                                       \
            y[i] = act##_value(z[i]);                                                                        \
    }                                                                                                        \
    static float act##_slope(float z, float y)                                                               \
    {                                                                                                        \
        (void)z, (void)y;                                                                                    \
        return slope_of_z_y;                                                                                 \
    }
/* The fork computes those that need their input only where it keeps that; elsewhere it makes zeros of them.
 */
#define KEPT_INPUT (1u << NET_CONVOLUTIONAL | 1u << NET_SHORTCUT)
#define ANY_KIND (~0u)

#define FUNCTIONS(act) .value = act##_value, .values = act##_values, .slope = act##_slope

static float stair(float z)
{
    float n = floorf(z);
    return fmodf(n, 2.0f) == 0.0f ? floorf(z / 2.0f) : (z - n) + floorf(z / 2.0f);
}

static float plse(float z)
{
    if (z < -4.0f)
        return 0.01f * (z + 4.0f);
    if (z > 4.0f)
        return 0.01f * (z - 4.0f) + 1.0f;
    return 0.125f * z + 0.5f;
}

static float lhtan(float z)
{
    if (z < 0.0f)
        return 0.001f * z;
    if (z > 1.0f)
        return 0.001f * (z - 1.0f) + 1.0f;
    return z;
}

/* 1 / (1 + exp(-z)), also where that is tiny. */
static float sigmoid(float z)
{
    return 1.0f / (1.0f + expf(-z));
}

/* 1 - sigmoid would have no digits near saturation. */
static float swish_slope_at(float z)
{
    return sigmoid(z) * (1.0f + z * sigmoid(-z));
}

/* z * tanh(log(1 + exp(z))) (Misra 2019). With e = exp(z) and n = e (e + 2) the tanh is n / (n + 2), and its
 * square is 4 (n + 1) / (n + 2)^2 below 1: no differences of near numbers. Above 20 it is 1. */
#define MISH_ONE 20.0f

static float mish(float z)
{
    if (z > MISH_ONE)
        return z;
    float e = expf(z), n = e * (e + 2.0f);
    return z * (n / (n + 2.0f));
}

static float mish_slope_at(float z)
{
    if (z > MISH_ONE)
        return 1.0f;
    float e = expf(z), n = e * (e + 2.0f), t = n / (n + 2.0f);
    return t + z * sigmoid(z) * (4.0f * (n + 1.0f) / ((n + 2.0f) * (n + 2.0f)));
}

static float relu6(float z)
{
    return z < 0.0f ? 0.0f : z > 6.0f ? 6.0f : z;
}

ACTIVATION(logistic, 1.0f / (1.0f + expf(-z)), y *(1.0f - y))
ACTIVATION(relu, z > 0.0f ? z : 0.0f, y > 0.0f ? 1.0f : 0.0f)
ACTIVATION(relie, z > 0.0f ? z : 0.01f * z, y > 0.0f ? 1.0f : 0.01f)
ACTIVATION(linear, z, 1.0f)
ACTIVATION(ramp, z > 0.0f ? z + 0.1f * z : 0.1f * z, y > 0.0f ? 1.1f : 0.1f)
ACTIVATION(tanh, tanhf(z), 1.0f - y * y)
ACTIVATION(plse, plse(z), y<0.0f || y> 1.0f ? 0.01f : 0.125f)
ACTIVATION(leaky, z > 0.0f ? z : 0.1f * z, y > 0.0f ? 1.0f : 0.1f)
ACTIVATION(elu, z >= 0.0f ? z : expm1f(z), y >= 0.0f ? 1.0f : y + 1.0f)
ACTIVATION(loggy, 2.0f / (1.0f + expf(-z)) - 1.0f, 0.5f * (1.0f + y) * (1.0f - y))
ACTIVATION(stair, stair(z), floorf(y) == y ? 0.0f : 1.0f)
ACTIVATION(hardtan, z<-1.0f ? -1.0f : z> 1.0f ? 1.0f : z, y > -1.0f && y < 1.0f ? 1.0f : 0.0f)
ACTIVATION(lhtan, lhtan(z), y > 0.0f && y < 1.0f ? 1.0f : 0.001f)
ACTIVATION(selu, z >= 0.0f ? SELU_SCALE * z : SELU_SCALE * SELU_ALPHA * expm1f(z),
           y >= 0.0f ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA)
ACTIVATION(relu6, relu6(z), y > 0.0f && y < 6.0f ? 1.0f : 0.0f)
ACTIVATION(swish, z *sigmoid(z), swish_slope_at(z))
ACTIVATION(mish, mish(z), mish_slope_at(z))
ACTIVATION(hard_mish,
           z > 0.0f    ? z
           : z > -2.0f ? z * (0.5f * z + 1.0f)
                       : 0.0f,
           z > 0.0f    ? 1.0f
           : z > -2.0f ? z + 1.0f
                       : 0.0f)
ACTIVATION(hard_swish, z *(relu6(z + 3.0f) / 6.0f),
           z <= -3.0f  ? 0.0f
           : z >= 3.0f ? 1.0f
                       : (2.0f * z + 3.0f) / 6.0f)
ACTIVATION(hard_sigmoid, relu6(z + 3.0f) / 6.0f, y > 0.0f && y < 1.0f ? 1.0f / 6.0f : 0.0f)

/* clang-format off */
const struct activation activations[] = {
    [NET_LOGISTIC] = {"logistic", FUNCTIONS(logistic), SLOPE_OF_EXACT_OUTPUT, .at_zero = 0.5f, .in_darknet = true},
    [NET_RELU] = {"relu", FUNCTIONS(relu), SLOPE_OF_OUTPUT, .straight = true, .below = 0.0f, .in_darknet = true},
    [NET_RELIE] = {"relie", FUNCTIONS(relie), SLOPE_OF_OUTPUT, .in_darknet = true},
    [NET_LINEAR] = {"linear", FUNCTIONS(linear), SLOPE_OF_OUTPUT, .straight = true, .below = 1.0f, .in_darknet = true},
    [NET_RAMP] = {"ramp", FUNCTIONS(ramp), SLOPE_OF_OUTPUT, .in_darknet = true},
    [NET_TANH] = {"tanh", FUNCTIONS(tanh), SLOPE_OF_EXACT_OUTPUT, .in_darknet = true},
    [NET_PLSE] = {"plse", FUNCTIONS(plse), SLOPE_OF_OUTPUT, .at_zero = 0.5f, .in_darknet = true},
    [NET_LEAKY] = {"leaky", FUNCTIONS(leaky), SLOPE_OF_OUTPUT, .straight = true, .below = 0.1f, .in_darknet = true},
    [NET_ELU] = {"elu", FUNCTIONS(elu), SLOPE_OF_EXACT_OUTPUT, .in_darknet = true},
    [NET_LOGGY] = {"loggy", FUNCTIONS(loggy), SLOPE_OF_EXACT_OUTPUT, .in_darknet = true},
    /* Integers are distinguished from other numbers. */
    [NET_STAIR] = {"stair", FUNCTIONS(stair), SLOPE_OF_EXACT_OUTPUT, .in_darknet = true},
    [NET_HARDTAN] = {"hardtan", FUNCTIONS(hardtan), SLOPE_OF_OUTPUT, .in_darknet = true},
    [NET_LHTAN] = {"lhtan", FUNCTIONS(lhtan), SLOPE_OF_OUTPUT, .in_darknet = true},
    [NET_SELU] = {"selu", FUNCTIONS(selu), SLOPE_OF_EXACT_OUTPUT, .in_darknet = true},
    [NET_RELU6] = {"relu6", FUNCTIONS(relu6), SLOPE_OF_OUTPUT, .fork_kinds = ANY_KIND},
    [NET_SWISH] = {"swish", FUNCTIONS(swish), SLOPE_OF_INPUT, .fork_kinds = KEPT_INPUT},
    [NET_MISH] = {"mish", FUNCTIONS(mish), SLOPE_OF_INPUT, .fork_kinds = KEPT_INPUT},
    [NET_HARD_MISH] = {"hard_mish", FUNCTIONS(hard_mish), SLOPE_OF_INPUT, .fork_kinds = 1u << NET_CONVOLUTIONAL},
    [NET_HARD_SWISH] = {"hard_swish", FUNCTIONS(hard_swish), SLOPE_OF_INPUT},
    [NET_HARD_SIGMOID] = {"hard_sigmoid", FUNCTIONS(hard_sigmoid), SLOPE_OF_OUTPUT, .at_zero = 0.5f},
};
/* clang-format on */
static_assert(sizeof activations / sizeof *activations == NET_ACTS, "one row an activation");

const char *net_act_name(enum net_act act)
{
    return (int)act >= 0 && act < NET_ACTS ? activations[act].name : "unknown";
}
