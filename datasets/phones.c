#include "datasets/phones.h"

#include <string.h>

/* Lee and Hon 1989: TIMIT's 61 phones, the 48 that are modelled, the 39 that are scored. */
static const struct {
    const char *name, *name48, *name39;
} phone[N_PHONES] = {
    {"aa", "aa", "aa"},    {"ae", "ae", "ae"},    {"ah", "ah", "ah"},    {"ao", "ao", "aa"},
    {"aw", "aw", "aw"},    {"ax", "ax", "ah"},    {"ax-h", "ax", "ah"},  {"axr", "er", "er"},
    {"ay", "ay", "ay"},    {"b", "b", "b"},       {"bcl", "vcl", "sil"}, {"ch", "ch", "ch"},
    {"d", "d", "d"},       {"dcl", "vcl", "sil"}, {"dh", "dh", "dh"},    {"dx", "dx", "dx"},
    {"eh", "eh", "eh"},    {"el", "el", "l"},     {"em", "m", "m"},      {"en", "en", "n"},
    {"eng", "ng", "ng"},   {"epi", "epi", "sil"}, {"er", "er", "er"},    {"ey", "ey", "ey"},
    {"f", "f", "f"},       {"g", "g", "g"},       {"gcl", "vcl", "sil"}, {"h#", "sil", "sil"},
    {"hh", "hh", "hh"},    {"hv", "hh", "hh"},    {"ih", "ih", "ih"},    {"ix", "ix", "ih"},
    {"iy", "iy", "iy"},    {"jh", "jh", "jh"},    {"k", "k", "k"},       {"kcl", "cl", "sil"},
    {"l", "l", "l"},       {"m", "m", "m"},       {"n", "n", "n"},       {"ng", "ng", "ng"},
    {"nx", "n", "n"},      {"ow", "ow", "ow"},    {"oy", "oy", "oy"},    {"p", "p", "p"},
    {"pau", "sil", "sil"}, {"pcl", "cl", "sil"},  {"q", "", ""},         {"r", "r", "r"},
    {"s", "s", "s"},       {"sh", "sh", "sh"},    {"t", "t", "t"},       {"tcl", "cl", "sil"},
    {"th", "th", "th"},    {"uh", "uh", "uh"},    {"uw", "uw", "uw"},    {"ux", "uw", "uw"},
    {"v", "v", "v"},       {"w", "w", "w"},       {"y", "y", "y"},       {"z", "z", "z"},
    {"zh", "zh", "sh"},
};

/* The 39 in the order in which the table first names them. */
static const int fold39[N_PHONES] = {
    0,  1,  2,  0,  3,  2,  2,  4,  5,  6,  7,  8,  9,  7,  10, 11, 12, 13, 14, 15, 16,
    7,  4,  17, 18, 19, 7,  7,  20, 20, 21, 21, 22, 23, 24, 7,  13, 14, 15, 16, 15, 25,
    26, 27, 7,  7,  -1, 28, 29, 30, 31, 7,  32, 33, 34, 34, 35, 36, 37, 38, 30,
};

const char *phones_name(int i)
{
    return phone[i].name;
}

const char *phones_name48(int i)
{
    return phone[i].name48;
}

const char *phones_name39(int i)
{
    return phone[i].name39;
}

const int *phones_fold39(void)
{
    return fold39;
}

int phones_find(const char *name, size_t n)
{
    for (int i = 0; i < N_PHONES; i++)
        if (strlen(phone[i].name) == n && memcmp(phone[i].name, name, n) == 0)
            return i;
    return -1;
}
