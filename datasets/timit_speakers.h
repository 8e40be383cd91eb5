/* timit_speakers.h - who is development and who core test: facts of the corpus. */
#ifndef DATASETS_TIMIT_SPEAKERS_H
#define DATASETS_TIMIT_SPEAKERS_H

enum { TIMIT_DEV = 50, TIMIT_CORE = 24 };

/* 1 if the speaker ("mdab0") is among the 50 of development, or the 24 of the core test. */
int timit_is_dev(const char *speaker);
int timit_is_core(const char *speaker);

#endif
