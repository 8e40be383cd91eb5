/* interrupt.h - SIGINT and SIGTERM as a flag that long work looks at between steps. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

/* From now on the first signal only sets the flag; a second one ends the process at once. */
void interrupt_catch(void);

/* 1 once a signal came. */
int interrupt_pending(void);

#endif
