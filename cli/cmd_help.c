/* cmd_help.c - brds help: commands, the columns of result files, exit codes, data. */
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/man_page.h"
#include "model/net.h"
#include "model/recipe.h"
#include "results/row.h"

#include <stdio.h>
#include <string.h>

static void print_metrics(void)
{
    printf("Columns of a result file (schema %d), in their order. An empty cell is unknown.\n"
           "Values that differ by layer are joined by ';'.\n\n",
           ROW_SCHEMA);
    for (unsigned c = 0; c < COL_COUNT; c++) {
        const struct column_info *i = column_info((enum column)c);
        printf("  %-24s %s", i->name, i->about);
        for (const char *p = i->allowed, *gap = " ["; *p != '\0'; gap = "|") {
            size_t n = strcspn(p, "|");
            printf("%s%.*s", gap, (int)n, p);
            p += n + (p[n] == '|');
        }
        puts(i->allowed[0] != '\0' ? "]" : "");
    }
}

static void print_formats(void)
{
    puts("Results  CSV as RFC 4180 describes it: comma, LF, one header line, cells quoted only\n"
         "         where needed, numbers with a point. The columns: brds help metrics.\n"
         "         Rows are appended whole under a lock, so several runs may share a file, and a\n"
         "         run that was stopped goes on where it was: cases that are there are left out,\n"
         "         those whose status is fail are tried again.\n"
         "Weights  safetensors with PyTorch's state-dict names (weight_ih_l0, weight_hh_l0,\n"
         "         bias_ih_l0, bias_hh_l0, weight_hr_l0) and ours (peephole_l0,\n"
         "         embedding.weight, classifier.weight, classifier.bias), with any prefix.\n"
         "         A weight that is zero is pruned.\n"
         "Tables   Markdown or CSV, see brds table --help.");
}

static void print_exit_codes(void)
{
    puts("  0   all went well\n"
         "  1   a comparison or check failed\n"
         "  2   run-time error: file system, memory, device, training diverged\n"
         " 64   usage: unknown command, option, suite, net, pattern, precision or backend\n"
         " 65   bad data: malformed or missing parts of a file\n"
         " 69   a known name that this build or machine lacks, such as a corpus\n"
         " 77   skipped: the backend cannot take this case\n"
         "130   stopped by a signal at a point from which it can go on\n"
         "\nEvery failure is one line on standard error: brds: FILE:LINE: what is wrong (what was\n"
         "expected). Results go to standard output, all else to standard error.");
}

static void print_data(void)
{
    puts("No corpus comes with brds: none of them may be passed on. Suites run on a generated\n"
         "stand-in without them, which every row and table names as such.\n"
         "\n"
         "  ptb    Penn Treebank as prepared by Mikolov: ptb.train.txt, ptb.valid.txt,\n"
         "         ptb.test.txt; 42,068, 3,370 and 3,761 lines, vocabulary of 10,000\n"
         "  imdb   Large Movie Review Dataset: aclImdb/{train,test}/{pos,neg}/*.txt, 22,500,\n"
         "         2,500 and 25,000 reviews; or Kaggle's 'IMDB Dataset.csv', which has no\n"
         "         official split and is called imdb-kaggle\n"
         "  timit  LDC93S1: TRAIN and TEST, DR1 to DR8; or the public sample of it, which is\n"
         "         called timit-sample and scored by leaving one dialect region out\n"
         "\n"
         "brds data add NAME PATH takes a folder, a file or an archive, checks it and copies what\n"
         "is needed into the data folder: --data-dir, else BRDS_DATA, else\n"
         "$XDG_DATA_HOME/brds, else ~/.local/share/brds.");
}

static void print_net(const char *name)
{
    struct strbuf text = {0};
    struct recipe r;
    if (recipe_named(name, &r) == OK)
        recipe_text(&r, &text);
    printf("  %-13s  %s\n", name, strbuf_text(&text));
    strbuf_release(&text);
}

static void print_nets(void)
{
    struct strbuf names = {0};
    char name[64];
    int used;
    puts(
        "Nets of brds train --net, and the recipes that its options change. lanes is --batch,\n"
        "steps is --bptt, rate is --lr-schedule. smoke has 2 layers of 64, ptb-small, -medium and\n"
        "-large 2 of 200, 650 and 1500, ptb-tied* 2 of 256 and 512, whose classifier is the\n"
        "embedding. imdb-128: embedding and layer of 128, the mean of its outputs classified;\n"
        "-last: the last output; -bare: the mean of the embedding, a control without LSTM;\n"
        "imdb-512x3: embedding 32, 3 layers of 512, the last 80 tokens. timit-N: 123 features\n"
        "(1024 and ese: 153), a layer of N, the label of the frame 3 steps before; timit-ese: 2\n"
        "layers of 1024 with projections to 512 and peepholes; -ctc: label sequences, CTC.\n"
        "Epoch e runs at lr * decay^max(e - decay_after, 0); rate=cosine falls to lr_floor over\n"
        "the whole training instead. steps=0: reviews and utterances whole.\n");
    net_names("\n", &names);
    for (const char *at = strbuf_text(&names); sscanf(at, "%63s%n", name, &used) == 1; at += used)
        print_net(name);
    strbuf_release(&names);
}

static void print_numbers(void)
{
    puts("Precisions of brds eval, run and bench (--precision):\n"
         "  f32   32-bit floats, the weights as they are\n"
         "  q16   16-bit integers for x, h, c and weights, all scales powers of two. The sum of a\n"
         "        row is exact in 32 bits: proved for its weights when the net is prepared\n"
         "  q8    8-bit activations times 8-bit weights with a scale a row; the rest as q16\n"
         "  q10   q16 with weights of 10 bits, each packed with its index in 16\n"
         "  f27   f32 with weights of 18 mantissa bits, whose 5 lowest hold the index (ref, "
         "sparse)\n"
         "  bf16  weights and what they are multiplied with in bfloat16, sums in f32 (ref, dense,\n"
         "        onednn)\n"
         "Integer formats give the same bits on every CPU backend, level and number of threads.\n"
         "What does not fit is clipped and counted (column saturations); NaN counts as 0.\n"
         "\n"
         "They need a calibration: the largest |x|, |r| and |c| of each layer. brds calibrate\n"
         "measures it on training data and keeps it in the weights file. Without one, eval and\n"
         "bench measure it on training data, and run on its input, each time anew. Pruning and\n"
         "training drop it.");
}

static void print_environment(void)
{
    puts("  BRDS_CPU    scalar, avx2 or avx512: the highest level that our kernels may use\n"
         "  BRDS_DATA   folder of the corpora (see brds help corpora)\n"
         "  BRDS_CACHE  folder of trained weights, else $XDG_CACHE_HOME/brds, else\n"
         "              ~/.cache/brds\n"
         "  NO_COLOR    not empty: no colours");
}

static void print_made(void (*make)(struct strbuf *out))
{
    struct strbuf text = {0};
    make(&text);
    fputs(strbuf_text(&text), stdout);
    strbuf_release(&text);
}

static void print_man(void)
{
    print_made(man_page);
}

static void print_completion(void)
{
    print_made(completion_bash);
}

static const struct topic {
    const char *name, *about;
    void (*print)(void);
} topics[] = {
    {"metrics", "every column of a result file", print_metrics},
    {"formats", "files that are read and written", print_formats},
    {"exit-codes", "what the exit status means", print_exit_codes},
    {"corpora", "data sets and where they lie", print_data},
    {"nets", "nets that can be trained, and their recipes", print_nets},
    {"numbers", "precisions, and the calibration of integer formats", print_numbers},
    {"environment", "variables that are looked at", print_environment},
    {"man", "the manual page, for man -l -", print_man},
    {"completion", "completion for bash, to be sourced", print_completion},
};
enum { N_TOPICS = sizeof topics / sizeof topics[0] };

static enum status print_command(const struct command *c)
{
    struct strbuf text = {0};
    options_help(c, &text);
    enum status s = strbuf_check(&text);
    fputs(strbuf_text(&text), stdout);
    strbuf_release(&text);
    return s;
}

static void print_list(void)
{
    puts("Topics of brds help TOPIC:");
    for (size_t i = 0; i < N_TOPICS; i++)
        printf("  %-12s %s\n", topics[i].name, topics[i].about);
    puts("Commands (brds help COMMAND is brds COMMAND --help):");
    for (size_t i = 0; i < command_count; i++)
        printf("  %-12s %s\n", command_list[i]->name, command_list[i]->about);
}

static enum status run(const struct options *o)
{
    size_t n;
    char *const *operand = options_operands(o, &n);
    const struct command *command;
    if (n == 0) {
        print_list();
        return OK;
    }
    for (size_t i = 0; i < N_TOPICS; i++) {
        if (strcmp(operand[0], topics[i].name) == 0) {
            topics[i].print();
            return OK;
        }
    }
    enum status s = command_find(operand[0], &command);
    if (s != E_USAGE)
        return s == OK ? print_command(command) : s;
    return fail(E_USAGE, "unknown topic '%s' (see brds help)", operand[0]);
}

const struct command cmd_help = {
    .name = "help",
    .about = "Tells about a topic or a command; without one, lists them.",
    .operands = "[TOPIC]",
    .max_operands = 1,
    .run = run,
};
