/* dump_frames.c - writes the frames of a speech corpus as numbers, for oracle_timit.py.
 *
 *     dump_frames DATA_DIR NAME N_IN FOLD
 *
 * For each split: int64 items, frames, n_in; then start int64, frames float32, labels of frames and
 * speakers int32. Behind them mean and deviation float32. */
#include "datasets/dataset.h"

#include <stdio.h>
#include <stdlib.h>

static void put(const void *p, size_t size, size_t n)
{
    if (fwrite(p, size, n, stdout) != n)
        abort();
}

int main(int argc, char **argv)
{
    struct dataset *ds;
    if (argc != 5)
        return 64;
    struct dataset_request rq = {
        .name = argv[2], .data_dir = argv[1], .n_in = atoi(argv[3]), .fold = atoi(argv[4])};
    if (dataset_open(&rq, &ds) != OK) {
        fprintf(stderr, "%s\n", status_message());
        return 1;
    }
    for (int i = 0; i < N_SPLITS; i++) {
        const struct items *it = &ds->items[i];
        const int64_t head[] = {(int64_t)it->n, (int64_t)ds->n_tokens[i], ds->n_in};
        put(head, sizeof *head, 3);
        put(it->start, sizeof *it->start, it->n + 1);
        put(ds->frames[i], sizeof(float), ds->n_tokens[i] * (size_t)ds->n_in);
        put(it->step_label, sizeof(int32_t), ds->n_tokens[i]);
        put(it->group, sizeof(int32_t), it->n);
    }
    put(ds->input_mean, sizeof(float), (size_t)ds->n_in);
    put(ds->input_std, sizeof(float), (size_t)ds->n_in);
    dataset_release(ds);
    return 0;
}
