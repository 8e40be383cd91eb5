#include "results/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A library cannot ask its caller to keep LC_NUMERIC=C, so the "C" locale is named at each call;
 * in glibc this is a constant object, so newlocale costs nothing and does not fail. */
static void print_in_c(char out[NUMBER_TEXT], int digits, char form, double v)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c);
    if (form == 'f')
        snprintf(out, NUMBER_TEXT, "%.*f", digits, v);
    else
        snprintf(out, NUMBER_TEXT, "%.*g", digits, v);
    uselocale(before);
    freelocale(c);
}

char *number_write(char out[NUMBER_TEXT], double v)
{
    out[0] = '\0';
    if (isfinite(v))
        print_in_c(out, 9, 'g', v);
    return out;
}

char *number_round(char out[NUMBER_TEXT], double v, int digits)
{
    double size = fabs(v);
    out[0] = '\0';
    if (!isfinite(v))
        return out;
    if (size != 0 && (size < 1e-4 || size >= 1e9)) {
        print_in_c(out, digits, 'g', v);
        return out;
    }
    int exponent = size != 0 ? (int)floor(log10(size)) : 0;
    print_in_c(out, exponent < digits - 1 ? digits - 1 - exponent : 0, 'f', v);
    return out;
}

/* strtod also takes blanks, hexadecimal, "inf" and "nan", none of which belongs into a file. */
static int is_decimal(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789+-.eE")] == '\0';
}

int number_read(const char *text, double *out)
{
    char *end;
    if (!is_decimal(text))
        return 0;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double v = strtod_l(text, &end, c);
    freelocale(c);
    if (*end != '\0' || !isfinite(v))
        return 0;
    *out = v;
    return 1;
}

int number_read_whole(const char *text, int64_t *out)
{
    char *end;
    if (!is_decimal(text))
        return 0;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0)
        return 0;
    *out = v;
    return 1;
}
