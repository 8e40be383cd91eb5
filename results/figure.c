#include "results/figure.h"

#include "base/mem.h"
#include "results/number.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static enum status series_of(struct figure *f, const char *label, struct figure_series **out)
{
    for (size_t i = 0; i < f->n; i++) {
        *out = &f->series[i];
        if (strcmp((*out)->label, label) == 0)
            return OK;
    }
    TRY(mem_grow(&f->series, f->n, f->n + 1, sizeof *f->series));
    *out = &f->series[f->n++];
    snprintf((*out)->label, sizeof(*out)->label, "%s", label);
    return OK;
}

enum status figure_add(struct figure *f, const char *label, struct figure_point p)
{
    struct figure_series *s;
    TRY(series_of(f, label, &s));
    TRY(mem_grow(&s->point, s->n, s->n + 1, sizeof *s->point));
    s->point[s->n++] = p;
    return OK;
}

enum status figure_add_line(struct figure *f, const char *label, struct figure_point from,
                            struct figure_point to)
{
    TRY(figure_add(f, label, from));
    TRY(figure_add(f, label, to));
    f->series[f->n - 1].is_line = 1;
    return OK;
}

void figure_release(struct figure *f)
{
    for (size_t i = 0; i < f->n; i++)
        mem_free(f->series[i].point);
    mem_free(f->series);
    *f = (struct figure){0};
}

static int by_x(const void *a, const void *b)
{
    const struct figure_point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

/* A text in gnuplot's double quotes, without its markup. */
static void put_text(struct strbuf *out, const char *text)
{
    strbuf_add(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_add(out, "\\");
        strbuf_add_bytes(out, *text == '\n' ? " " : text, 1);
    }
    strbuf_add(out, "\"");
}

/* "$s0 << EOD" blocks: x y lo hi; without an interval lo and hi are y. */
static void put_data(const struct figure *f, struct strbuf *out)
{
    char x[NUMBER_TEXT], y[NUMBER_TEXT], lo[NUMBER_TEXT], hi[NUMBER_TEXT];
    for (size_t i = 0; i < f->n; i++) {
        const struct figure_series *s = &f->series[i];
        qsort(s->point, s->n, sizeof *s->point, by_x);
        strbuf_addf(out, "$s%zu << EOD\n", i);
        for (size_t j = 0; j < s->n; j++) {
            const struct figure_point *p = &s->point[j];
            strbuf_addf(out, "%s %s %s %s\n", number_write(x, p->x), number_write(y, p->y),
                        number_write(lo, isfinite(p->lo) ? p->lo : p->y),
                        number_write(hi, isfinite(p->hi) ? p->hi : p->y));
        }
        strbuf_add(out, "EOD\n");
    }
}

static void put_styles(struct strbuf *out)
{
    static const char *const colour[] = {"#000000", "#E69F00", "#56B4E9", "#009E73",
                                         "#D55E00", "#0072B2", "#CC79A7", "#999933"};
    static const int shape[] = {7, 5, 9, 11, 13, 4, 6, 8};
    for (int i = 0; i < 8; i++)
        strbuf_addf(out, "set linetype %d linecolor rgb \"%s\" pointtype %d dashtype %d\n", i + 1,
                    colour[i], shape[i], i % 5 + 1);
    strbuf_add(out, "set linetype cycle 8\n");
}

static void put_plot(const struct figure *f, struct strbuf *out)
{
    for (size_t i = 0; i < f->n; i++) {
        int is_line = f->series[i].is_line;
        strbuf_addf(out, "%s$s%zu using %s linetype %zu %s title ",
                    i == 0 ? "plot " : ", \\\n     ", i,
                    is_line ? "1:2 with lines" : "1:2:3:4 with yerrorbars", i + 1,
                    is_line ? "linewidth 2" : "pointsize 0.7");
        put_text(out, f->series[i].label);
        if (f->lines && !is_line)
            strbuf_addf(out, ", \\\n     $s%zu using 1:2 with lines linetype %zu notitle", i,
                        i + 1);
    }
    strbuf_add(out, "\n");
}

void figure_script(const struct figure *f, enum figure_format format, const char *path,
                   struct strbuf *out)
{
    strbuf_addf(out, "reset session\nset encoding utf8\nset terminal %s\n",
                format == FIGURE_SVG ? "svg size 800,500 dynamic noenhanced font \"Helvetica,13\""
                                     : "pdfcairo size 16cm,10cm noenhanced font \"Helvetica,11\"");
    if (path != NULL) {
        strbuf_add(out, "set output ");
        put_text(out, path);
    }
    strbuf_add(out, "\nset title ");
    put_text(out, f->title);
    strbuf_add(out, "\nset xlabel ");
    put_text(out, f->x);
    strbuf_add(out, "\nset ylabel ");
    put_text(out, f->y);
    strbuf_addf(out, "\n%sset grid\nset key outside right top\nset datafile missing \"\"\n",
                f->log_y ? "set logscale y\n" : "");
    put_styles(out);
    put_data(f, out);
    put_plot(f, out);
    strbuf_add(out, "unset output\n");
}

/* What gnuplot reads, prints and complains to: files, so that no pipe can fill up. */
struct talk {
    FILE *in, *out, *err;
};

static enum status start(const struct talk *t, pid_t *pid)
{
    char *const argv[] = {(char *)"gnuplot", (char *)"-", NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fileno(t->in), 0);
    posix_spawn_file_actions_adddup2(&files, fileno(t->out), 1);
    posix_spawn_file_actions_adddup2(&files, fileno(t->err), 2);
    int bad = posix_spawnp(pid, "gnuplot", &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (bad == ENOENT)
        return fail(E_ABSENT, "gnuplot is not here (apt-get install gnuplot-nox)");
    return bad == 0 ? OK : fail(E_IO, "gnuplot: %s", strerror(bad));
}

static enum status finish(const struct talk *t, pid_t pid)
{
    int how = 0;
    char line[200] = "";
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return OK;
    rewind(t->err);
    while (fgets(line, sizeof line, t->err) != NULL && strspn(line, " \n^") == strlen(line))
        continue;
    line[strcspn(line, "\n")] = '\0';
    return fail(E_IO, "gnuplot failed: %s", line);
}

static enum status run(const struct talk *t, const char *script, size_t n, struct strbuf *out)
{
    char part[4096];
    pid_t pid;
    if (t->in == NULL || t->out == NULL || t->err == NULL)
        return fail(E_IO, "temporary file: %s", strerror(errno));
    if (fwrite(script, 1, n, t->in) != n || fflush(t->in) != 0)
        return fail(E_IO, "temporary file: %s", strerror(errno));
    rewind(t->in);
    TRY(start(t, &pid));
    TRY(finish(t, pid));
    rewind(t->out);
    while ((n = fread(part, 1, sizeof part, t->out)) > 0)
        strbuf_add_bytes(out, part, n);
    return strbuf_check(out);
}

enum status figure_draw(const char *script, size_t n, struct strbuf *out)
{
    struct talk t = {tmpfile(), tmpfile(), tmpfile()};
    FILE *const all[] = {t.in, t.out, t.err};
    enum status s = run(&t, script, n, out);
    for (int i = 0; i < 3; i++)
        if (all[i] != NULL)
            fclose(all[i]);
    return s;
}
