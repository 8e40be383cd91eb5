#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_message[1024];

static void set_message(const char *text)
{
    snprintf(last_message, sizeof last_message, "%s", text);
    for (char *p = last_message; *p != '\0'; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

enum status fail(enum status s, const char *fmt, ...)
{
    char text[sizeof last_message];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    set_message(text);
    return s;
}

enum status fail_in(enum status s, const char *fmt, ...)
{
    char text[2 * sizeof last_message];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof last_message, fmt, ap);
    va_end(ap);
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, ": %s", last_message);
    set_message(text);
    return s;
}

const char *status_message(void)
{
    return last_message;
}

int status_exit_code(enum status s)
{
    switch (s) {
    case OK:
        return 0;
    case E_CHECK:
        return 1;
    case E_IO:
    case E_NOMEM:
    case E_DEVICE:
    case E_NUMERIC:
        return 2;
    case E_INTERRUPTED:
        return 130;
    case E_USAGE:
        return 64;
    case E_FORMAT:
        return 65;
    case E_ABSENT:
        return 69;
    case E_UNSUPPORTED:
        return 77;
    }
    return 2;
}
