/* net.h - a network: embedding or features -> stacked LSTM -> classifier, all parameters in one
 * block so that an optimizer, a checkpoint and a mask are one loop each. */
#ifndef MODEL_NET_H
#define MODEL_NET_H

#include "base/json.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"

#include <stddef.h>
#include <stdint.h>

enum { NET_MAX_PARAMS = 8 * LSTM_MAX_LAYERS };

/* What a classifier of whole sequences reads. */
enum pooling {
    POOLING_LAST, /* the output at the true last step */
    POOLING_MEAN, /* the mean of the outputs of the true steps */
};

/* The shape, and nothing that training changes. */
struct net_shape {
    enum task task;
    int n_vocab;  /* rows of the embedding; 0: no embedding, layer 0 reads frames */
    int n_in;     /* columns of the embedding, or features a frame */
    int n_layers; /* classify: 0 lets the classifier read the embedding, a control without LSTM */
    int n_hid[LSTM_MAX_LAYERS];
    int n_proj[LSTM_MAX_LAYERS]; /* 0: no projection */
    int peephole;                /* 1: every layer has peepholes */
    int n_classes;               /* rows of the classifier; 0: a bare LSTM stack */
    int tied; /* 1: the classifier's matrix is the embedding, which stands in `data` once */
    enum pooling pooling; /* classify */
    int delay;            /* frames: step t gives the label of frame t - delay */
};

enum param_kind {
    PARAM_EMBEDDING,       /* [n_vocab][n_in] */
    PARAM_W_X,             /* [4*n_hid][n_in of the layer] */
    PARAM_W_H,             /* [4*n_hid][n_rec] */
    PARAM_W_R,             /* [n_proj][n_hid] */
    PARAM_BIAS,            /* [4*n_hid][1] */
    PARAM_PEEPHOLE,        /* [3][n_hid] */
    PARAM_CLASSIFIER,      /* [n_classes][n_rec of the last layer]; none in a tied net */
    PARAM_CLASSIFIER_BIAS, /* [n_classes][1] */
};

struct param {
    enum param_kind kind;
    int layer; /* of the LSTM; 0 for the others */
    int rows, cols;
    size_t at; /* offset of its first float in net.data */
};

struct net {
    struct net_shape shape;
    int n_params;
    struct param param[NET_MAX_PARAMS];
    size_t n_data;
    float *data;          /* [n_data] all parameters */
    uint8_t *keep;        /* [n_data] 1 = kept, 0 = pruned and zero; NULL while nothing is pruned */
    struct lstm_net lstm; /* views into data, and the counts k_x, k_h, k_r */
    struct json
        *meta; /* the strings of the file's __metadata__ that are not derived from the above */
    char sha256[HASH_HEX]; /* of the file it was loaded from or saved to; "" before */
};

/* Makes a net with all parameters zero, every k at its column count. E_USAGE for impossible sizes,
 * E_NOMEM for too large ones. Release with net_release. */
enum status net_new(const struct net_shape *shape, struct net **out);
enum status net_copy(const struct net *from, struct net **out);
void net_release(struct net *net);

/* The parameter of a kind and layer, or NULL. The classifier of a tied net is its embedding. */
const struct param *net_param(const struct net *net, enum param_kind kind, int layer);
size_t param_size(const struct param *p);
/* Columns of the classifier: n_rec of the last layer, or of the embedding where there is none. */
int net_n_out(const struct net *net);
/* 1 for W_x, W_h and W_r, which pruning may touch. */
int param_prunable(const struct param *p);

/* A string of the metadata, or NULL; setting copies. */
const char *net_meta(const struct net *net, const char *key);
enum status net_set_meta(struct net *net, const char *key, const char *text);

/* E_USAGE if the data do not serve the net's task; E_FORMAT if vocabulary, classes or features are
 * of other sizes. */
enum status net_check_data(const struct net *net, const struct dataset *ds);

/* To be called by all that changes weights: drops from the metadata what was measured on the old
 * ones (the calibration). */
void net_weights_changed(struct net *net);

/* E_NUMERIC, naming parameter and place, if a value is NaN or infinite: such nets are not saved. */
enum status net_check_finite(const struct net *net);

/* Allocates `keep` with every weight kept, if it is NULL. */
enum status net_need_keep(struct net *net);

/* Zeroes the entries of `block` [n_data] that are pruned (weights, gradients). Nothing if dense. */
void net_apply_keep(const struct net *net, float *block);

/* Overall sparsity as achieved (SPEC 1): 1 - nonzeros/size over all W_x, W_h, W_r. */
double net_sparsity(const struct net *net);
/* Nonzeros of all W_x, W_h, W_r. */
size_t net_nnz(const struct net *net);

/* A named net of this project (brds train --help lists them). E_USAGE for an unknown name, with the
 * known ones, and for a data set of another task or other features. NAME:UNITS is the same with
 * UNITS in every layer, and in the embedding where that is as wide as they are. Vocabulary and
 * classes come from the dataset; CTC has one class more, its last, which is the blank. */
enum status net_shape_named(const char *name, const struct dataset *ds, struct net_shape *out);

/* Features a frame that a named net reads; 0: words. E_USAGE as above. */
enum status net_features_named(const char *name, int *out);

/* Appends the known names, joined by `between`, in the order of the catalog. */
void net_names(const char *between, struct strbuf *out);

/* The words "last" and "mean"; parsing gives 0 for any other. */
const char *pooling_name(enum pooling p);
int pooling_parse(const char *word, enum pooling *out);

/* The blank of a CTC net: its last class. */
int net_blank(const struct net *net);

#endif
