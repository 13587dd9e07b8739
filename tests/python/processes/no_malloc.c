/* Loaded before the C library: whoever allocates in a copy of the process is ended by SIGUSR2. */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static pid_t owner;

static void check(void)
{
    if (owner == 0) {
        owner = getpid();
    } else if (owner != getpid()) {
        kill(getpid(), SIGUSR2);
    }
}

void *malloc(size_t size)
{
    check();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    check();
    return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
    check();
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    check();
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0;
}

void free(void *memory)
{
    check();
    __libc_free(memory);
}
