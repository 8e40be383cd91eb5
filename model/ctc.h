/* ctc.h - connectionist temporal classification (Graves et al. 2006) of one sequence, and its
 * greedy decoding. Log space, in double. */
#ifndef MODEL_CTC_H
#define MODEL_CTC_H

#include <stddef.h>
#include <stdint.h>

/* One lane of a batch: the row of step t is z + t*stride. */
struct ctc_lane {
    int steps, classes, blank;
    size_t stride;
    const int32_t *labels; /* [n_labels], none of them the blank */
    int n_labels;
};

/* Doubles of room that a lane needs; more labels than steps need no more than as many. */
size_t ctc_room(int steps, int classes, int n_labels);

/* -log of the summed probability of all alignments of the labels, given logits z; +infinity if
 * there is none, as steps < labels + pairs of equal neighbours. dz (NULL: not wanted; may be z
 * itself) gets scale times its gradient by the logits, row for row as z: softmax minus the
 * posterior of each class; zeros where no alignment is. */
double ctc_nll(const struct ctc_lane *lane, const float *z, double *room, float scale, float *dz);

/* The best class of every step, runs of one class merged, blanks dropped; to out [steps]. Returns
 * how many. Ties go to the lower class. */
int ctc_greedy(const struct ctc_lane *lane, const float *z, int32_t *out);

/* Least number of insertions, deletions and substitutions between two sequences. room [n_b + 1]. */
int ctc_edits(const int32_t *a, int n_a, const int32_t *b, int n_b, int *room);

#endif
