/* Folders for the files of a test. */
#ifndef ISPLIT_TESTS_FOLDER_FIXTURE_H
#define ISPLIT_TESTS_FOLDER_FIXTURE_H

/* A new folder, and a path in it. Both new strings; fixture_folder_remove removes the folder with all that is
 * in it. */
char *fixture_folder(void);
char *fixture_in(const char *folder, const char *name);
void fixture_folder_remove(char *folder);

/* How many of its files have names that begin so. */
int fixture_files(const char *folder, const char *begin);

/* One for all tests of a program: setup and teardown of its group. */
extern char *fixture_group_folder;
int fixture_group_begin(void **state);
int fixture_group_end(void **state);

#endif
