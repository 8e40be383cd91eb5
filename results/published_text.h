/* published_text.h - published.csv, embedded at build time by embed_text.py. */
#ifndef RESULTS_PUBLISHED_TEXT_H
#define RESULTS_PUBLISHED_TEXT_H

extern const char published_text[];

#endif
