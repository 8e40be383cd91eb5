/* info_machine.h - the facts of `brds info` about the machine and this build. */
#ifndef CLI_INFO_MACHINE_H
#define CLI_INFO_MACHINE_H

#include "cli/sheet.h"

/* Processor, ISA level, caches, BLAS, and a list `backends` with their variants and precisions. */
enum status info_machine(struct sheet *s);

#endif
