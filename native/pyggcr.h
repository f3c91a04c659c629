/*
 * The C ABI of pyggcr's Go engine: the one declaration of what crosses between Go and Python.
 *
 * Go includes this file, so the C compiler compares every prototype with the exported Go
 * function; cffi gets the same text through generate_declarations.py. Rules:
 *
 * - A function returns a pyggcr_status. What it has to say comes in a pyggcr_result, which the
 *   caller owns, sets to zero beforehand and empties with pyggcr_result_clear.
 * - Go objects cross as handles. A handle is released once; releasing it again is harmless, and
 *   using it afterwards is PYGGCR_CLOSED. Handles are never reused and work from any thread.
 * - Every function of Go is reached through pyggcr_call, by its number in a table. A new one needs no
 *   new declaration here.
 * - A call that lasts is handed out as PYGGCR_RUNNING and a handle, on which the caller waits with
 *   pyggcr_call_wait. The call's handle is gone with its answer; releasing it cancels the call.
 * - Strings are bytes with a length, without a terminating NUL.
 */
#ifndef PYGGCR_H
#define PYGGCR_H

#include <stddef.h>
#include <stdint.h>

/* Raised by one when a declaration below changes its meaning. */
#define PYGGCR_ABI_VERSION 6

/* How long a caller waits before it looks after signals and limits, in milliseconds. */
#define PYGGCR_SLICE_MS 20

/* Append-only: a number never changes its meaning. Unknown ones are PYGGCR_ERROR. */
enum pyggcr_status_code {
    PYGGCR_OK = 0,
    PYGGCR_RUNNING = 1,
    PYGGCR_ERROR = 2,
    PYGGCR_PANIC = 3,
    PYGGCR_CLOSED = 4,
    PYGGCR_CANCELLED = 5,
    PYGGCR_DEADLINE_EXCEEDED = 6,
    PYGGCR_OPENER_RAISED = 7,
    PYGGCR_UNSUPPORTED_OPTION = 8,
    PYGGCR_INVALID_HASH = 9,
    PYGGCR_INVALID_REFERENCE = 10,
    PYGGCR_INVALID_PLATFORM = 11,
    PYGGCR_JSON = 12,
    PYGGCR_ARCHIVE = 13,
    PYGGCR_TRUNCATED = 14,
    PYGGCR_MISSING_FILE = 15,
    PYGGCR_LINK_CYCLE = 16,
    PYGGCR_AMBIGUOUS_IMAGE = 17,
    PYGGCR_TAG_NOT_FOUND = 18,
    PYGGCR_COMPRESSION = 19,
    PYGGCR_UNKNOWN_BLOB = 20,
    PYGGCR_UNKNOWN_DIFF_ID = 21,
    PYGGCR_MISMATCHED_LAYERS = 22,
    PYGGCR_VALIDATION = 23,
    PYGGCR_FILE_ACCESS = 24,
    PYGGCR_MISSING_PATH = 25,
    PYGGCR_PATH_PERMISSION = 26,
    PYGGCR_TRANSPORT = 27,
    PYGGCR_IMAGE_NOT_FOUND = 28,
    PYGGCR_DAEMON = 29,
    PYGGCR_DAEMON_UNAVAILABLE = 30,
    PYGGCR_DAEMON_IMAGE_NOT_FOUND = 31,
    PYGGCR_STREAM_NOT_COMPUTED = 32,
    PYGGCR_STREAM_CONSUMED = 33,
    PYGGCR_LAYER_NOT_FOUND = 34,
};

/* What an argument of pyggcr_call is. */
enum pyggcr_tag {
    PYGGCR_NULL = 0,
    PYGGCR_HANDLE = 1,
    PYGGCR_INTEGER = 2,
    PYGGCR_BYTES = 3,
    PYGGCR_LIST = 4,
    PYGGCR_OPENER = 5,       /* the number of a Python opener */
    PYGGCR_PYTHON_IMAGE = 6, /* the number of a value for the value_callback */
    PYGGCR_PYTHON_INDEX = 7,
    PYGGCR_PYTHON_LAYER = 8,
    PYGGCR_PYTHON_VALUE = 9, /* a matcher, a cache, or anything else that can be added to an index */
};

typedef int32_t pyggcr_status;
typedef uint64_t pyggcr_handle;

/* cgo cannot say const; this name can. */
typedef const char pyggcr_char;

/*
 * What went wrong: text as Go has it, and a JSON object with "errno", "go_stack", "status" of a
 * Docker daemon's answer, or "transport" (method, url, status, diagnostics), or empty.
 */
typedef struct {
    int32_t kind;
    char *message;
    size_t message_size;
    char *extra;
    size_t extra_size;
} pyggcr_error;

/* What a function answers; each fills the members that its comment names. */
typedef struct {
    pyggcr_handle handle;
    int64_t number;
    int64_t counter;    /* given: of those whose bytes are counted once each, or 0 */
    int64_t bytes_read; /* of archives and registries, since the call began */
    int64_t bytes_sent; /* of blobs that registries have taken, likewise */
    int64_t warnings;   /* lines that wait for logs.TakeWarnings */
    char *data;
    size_t size;
    pyggcr_error *error;
} pyggcr_result;

/*
 * How Go reads a file that Python opened. open answers a number for the file or -1, read the
 * count of bytes, 0 at the end, or -1. After -1 Python keeps the exception. Called from any thread.
 */
typedef struct {
    int64_t (*open)(uint64_t opener);
    int64_t (*read)(uint64_t file, char *buffer, size_t size);
    void (*close)(uint64_t file);
} pyggcr_opener_callbacks;

/*
 * How Go asks a value that lives in Python, an image say, by the name of a method and what it takes,
 * if it takes anything: a hash, a descriptor in JSON, or the number of a value. Answers in a result: new values as number, streams as the number of
 * a file for the callbacks above, data through pyggcr_result_put; structures as JSON. After
 * PYGGCR_OPENER_RAISED Python keeps the exception, and data is its text if Go may work with it.
 */
typedef pyggcr_status (*pyggcr_value_callback)(uint64_t value, pyggcr_char *method,
                                               size_t method_size, pyggcr_char *argument,
                                               size_t argument_size, pyggcr_result *answer);

/* ---- the library ---- */

uint32_t pyggcr_abi_version(void);
/* data: JSON with "header", "go_version", "goarch", "goamd64", "go_containerregistry", "functions" (the table:
   for each its name, parameters as pairs of name and kind, kind of result, and whether it is inline) and
   "mistakes" (what could not be registered) */
pyggcr_status pyggcr_build_info(pyggcr_result *result);
int64_t pyggcr_open_handles(void);
pyggcr_status pyggcr_release(pyggcr_handle handle);
void pyggcr_result_clear(pyggcr_result *result);
void pyggcr_set_opener_callbacks(pyggcr_opener_callbacks *callbacks);
void pyggcr_set_value_callback(pyggcr_value_callback callback);
/* Copies data into the answer of a value_callback. */
void pyggcr_result_put(pyggcr_result *result, pyggcr_char *data, size_t size);
/* Waits for callbacks that run and allows no more: the interpreter is about to go. */
void pyggcr_stop_opener_callbacks(void);

/* ---- calls: the members of the result are those of the function that was called ---- */

pyggcr_status pyggcr_call_wait(pyggcr_handle call, int64_t milliseconds, pyggcr_result *result);

/* ---- streams ---- */

/* number: bytes put into the buffer, 0 at the end. PYGGCR_RUNNING, without a call, when a slice
   brought nothing: nothing is lost then, and the stream may be read again. */
pyggcr_status pyggcr_stream_read(pyggcr_handle stream, char *buffer, size_t size,
                                 pyggcr_result *result);

/* ---- the functions of Go ---- */

/*
 * Calls the function with this number in the table that pyggcr_build_info reports. The arguments are
 * one after the other: a byte that says what it is (enum pyggcr_tag), eight bytes, little endian, with
 * a number, and after bytes or a list as much data or as many values as the number says. Inline
 * functions answer at once and ignore the times.
 * timeout: nanoseconds, or negative for none. patience: milliseconds to wait before the call is handed
 * out, 0 to hand it out at once.
 * The result depends on what the function returns: hashes, texts and media types: data; lists of
 * texts: each with its length in eight bytes before it; sizes and truth: number; structures: data as
 * JSON; objects and streams: handle; lists of objects: data, eight bytes for each handle.
 */
pyggcr_status pyggcr_call(uint32_t function, pyggcr_char *arguments, size_t size, int64_t timeout,
                          int64_t patience, pyggcr_result *result);

#endif /* PYGGCR_H */
