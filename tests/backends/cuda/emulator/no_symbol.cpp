// Some other shared library.
extern "C" __attribute__((visibility("default"))) int onnxrun_something_else() { return 1; }
