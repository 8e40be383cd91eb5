/* dump_ctc.c - reads CTC problems from standard input and writes loss and gradient of each, for
 * oracle_ctc.py: "steps classes labels..., -1, logits...", class 0 up, the blank last. */
#include "model/ctc.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_LABELS = 4096 };

static int fail_reading(void)
{
    fprintf(stderr, "dump_ctc: malformed input\n");
    return 1;
}

static void run(const struct ctc_lane *lane, float *z, double *room)
{
    printf("%.17g", ctc_nll(lane, z, room, 1, z));
    for (int i = 0; i < lane->steps * lane->classes; i++)
        printf(" %.9g", (double)z[i]);
    putchar('\n');
}

int main(void)
{
    int steps, classes;
    while (scanf("%d %d", &steps, &classes) == 2) {
        static int32_t labels[MOST_LABELS];
        int n = 0, id = 0;
        if (steps < 1 || steps > 4096 || classes < 2 || classes > 4096)
            return fail_reading();
        while (scanf("%d", &id) == 1 && id >= 0 && n < MOST_LABELS)
            labels[n++] = id;
        float *z = calloc((size_t)steps * (size_t)classes, sizeof *z);
        double *room = calloc(ctc_room(steps, classes, n), sizeof *room);
        int bad = id != -1 || z == NULL || room == NULL;
        for (int i = 0; !bad && i < steps * classes; i++)
            bad = scanf("%f", &z[i]) != 1;
        const struct ctc_lane lane = {steps, classes, classes - 1, (size_t)classes, labels, n};
        if (!bad)
            run(&lane, z, room);
        free(z);
        free(room);
        if (bad)
            return fail_reading();
    }
    return 0;
}
