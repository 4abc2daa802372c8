#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#if defined(__SANITIZE_ADDRESS__)
// GCC 12's leak checker takes some addresses of thread-local blocks (those 16 bytes into a page) for blocks with glibc 2.19's header, reads
// a wild range and dies after all tests have passed. It need not follow the blocks of loaded libraries: theirs are empty by then.
extern "C" const char* __asan_default_options() { return "intercept_tls_get_addr=0"; }
#endif

#if defined(__SANITIZE_THREAD__)
// oneDNN is built without the sanitizer, which therefore sees the library's calls of malloc and memcmp, but not the shared futures that hand a
// cached primitive from the thread that makes it to one that waits for it: it took the first comparison of such a descriptor for a race.
extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:libdnnl.so\n"; }
#endif
