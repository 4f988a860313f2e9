#include "cli/glossary.h"

const char *const glossary[][GLOSSARY_TEXTS] = {
    {"split point", "the layer after which the network is cut"},
    {"head", "layers 0 to the split point; runs on the device"},
    {"tail", "the layers after the split point; runs on the server"},
    {"cut", "the place after a layer where the network is divided, and what crosses there"},
    {"clean cut", "a cut that exactly one tensor crosses, the output of the layer before it"},
    {"listed layer", "a layer that --layers selects; the x axis of the curve"},
    {"importance", "mean of a layer's importance map for one image, 0 or more"},
    {"CUI",
     "the importance value of I-SPLIT: mean importance of a layer over the images of the chosen classes"},
    {"curve", "the CUI of all listed layers, drawn as log10"},
    {"signs", "star: candidate, diamond: best split, c: CDE, flag: mark (in ASCII *, #, c, x); !: several "
              "tensors cross the cut"},
    {"candidate", "a local maximum of the curve: a layer whose CUI is above that of both listed neighbours"},
    {"best split", "the candidate with the highest CUI"},
    {"rank", "position of a layer by CUI; 1 is the highest"},
    {"interval", "95 % confidence interval of a mean or a fraction"},
    {"resample", "the images drawn again with replacement within each class (bootstrap)"},
    {"pick share", "fraction of the resamples in which a layer is the best candidate"},
    {"size-corrected", "CUI times the number of elements of the output, which removes the effect of pooling "
                       "and of the channel mean"},
    {"CDE", "baseline that looks at the architecture only: a cut that sends fewer bytes than the input and "
            "every earlier listed cut"},
    {"feasible", "the cut can be made and meets all limits"},
    {"Pareto front", "the feasible rows for which no other one is as good in every metric and better in one"},
    {"mark", "a split that you marked on the screen, with an optional note"},
    {"near chance",
     "said of an accuracy that guessing reaches, too, with over 5 % probability (binomial test): "
     "labels or preprocessing do not fit, and the curve means nothing"},
    {"MAC", "one multiply-add"},
    {"peak bytes", "largest sum of activations that are alive at once, input included"},
};
const int glossary_n = sizeof glossary / sizeof glossary[0];
