/* Runs a fuzzer over the files of a folder, as a test: replay_NAME FOLDER. The empty input is always among them, and
 * each file is also cut in the middle: inputs that end too early are what parsers get wrong. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* On the heap and of the exact size, so that a read behind the end is seen. */
static void run(const char *data, size_t size)
{
    uint8_t *copy = calloc(1, size ? size : 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    static char data[1 << 20];
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    fprintf(stderr, "%s\n", path); /* the last line tells which input ended the process */
    run(data, size);
    run(data, size / 2);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    run("", 0);
    DIR *folder = opendir(argv[1]);
    if (!folder) {
        perror(argv[1]);
        return 1;
    }
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) failed |= run_file(path);
    }
    closedir(folder);
    return failed;
}
