#include "base/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t pending;

static void on_signal(int sig)
{
    pending = 1;
    signal(sig, SIG_DFL);
}

void interrupt_catch(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

int interrupt_pending(void)
{
    return pending != 0;
}
