/* rounded_net.h - a stack whose matrices are rounded to the values that f27 or bf16 keeps. */
#ifndef KERNELS_ROUNDED_NET_H
#define KERNELS_ROUNDED_NET_H

#include "kernels/lstm.h"

struct rounded_net {
    struct lstm_net net; /* matrices are ours; biases and peepholes still borrowed */
    float *weights;
};

/* 1 for the float formats that alter weights. */
int rounded_net_needed(enum precision p);

/* Copies the matrices of `net`, rounded for f27 or bf16. Release with rounded_net_release. */
enum status rounded_net_make(const struct lstm_net *net, enum precision p, struct rounded_net *out);
void rounded_net_release(struct rounded_net *r);

#endif
