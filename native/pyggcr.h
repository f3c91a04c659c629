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
 * - A door that can last takes a timeout and answers within PYGGCR_SLICE_MS: with its result, or
 *   with PYGGCR_RUNNING and the handle of a call, on which the caller waits with
 *   pyggcr_call_wait. The call's handle is gone with its answer; releasing it cancels the call.
 * - Strings are bytes with a length, without a terminating NUL.
 */
#ifndef PYGGCR_H
#define PYGGCR_H

#include <stddef.h>
#include <stdint.h>

/* Raised by one when a declaration below changes its meaning. */
#define PYGGCR_ABI_VERSION 3

/* How long a door works before it hands out a call, in milliseconds. */
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
};

typedef int32_t pyggcr_status;
typedef uint64_t pyggcr_handle;

/* cgo cannot say const; this name can. */
typedef const char pyggcr_char;

/*
 * What went wrong: text as Go has it, and a JSON object with "errno", "go_stack", "status" of a
 * Docker engine's answer, or "transport" (method, url, status, diagnostics), or empty.
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
    int64_t bytes_read; /* of archives, since the call began */
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
 * How Go asks an image, an index or a layer that lives in Python, by the name of a method and a
 * hash, if it takes one. Answers like the doors do: new values as number, streams as the number of
 * a file for the callbacks above, data through pyggcr_result_put; structures as JSON. After
 * PYGGCR_OPENER_RAISED Python keeps the exception, and data is its text if Go may work with it.
 */
typedef pyggcr_status (*pyggcr_value_callback)(uint64_t value, pyggcr_char *method,
                                               size_t method_size, pyggcr_char *argument,
                                               size_t argument_size, pyggcr_result *answer);

/* ---- the library ---- */

uint32_t pyggcr_abi_version(void);
/* data: JSON with "header", "go_version", "go_containerregistry", "gzip_profile" */
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

/* ---- calls: the members are those of the door that handed the call out ---- */

pyggcr_status pyggcr_call_wait(pyggcr_handle call, int64_t milliseconds, pyggcr_result *result);

/* ---- streams ---- */

/* number: bytes put into the buffer, 0 at the end. PYGGCR_RUNNING, without a call, when a slice
   brought nothing: nothing is lost then, and the stream may be read again. */
pyggcr_status pyggcr_stream_read(pyggcr_handle stream, char *buffer, size_t size,
                                 pyggcr_result *result);

/* ---- the doors. timeout: nanoseconds, or negative for none; hashes and media types: data;
        sizes and truth: number; lists and structures: data as JSON; new objects: handle ---- */

/* tarball: path, or when it is NULL the number of a Python opener; tag: JSON, or NULL for none */
pyggcr_status pyggcr_tarball_image(pyggcr_char *path, size_t path_size, uint64_t opener,
                                   pyggcr_char *tag, size_t tag_size, int64_t timeout,
                                   pyggcr_result *result);
pyggcr_status pyggcr_tarball_load_manifest(pyggcr_char *path, size_t path_size, uint64_t opener,
                                           int64_t timeout, pyggcr_result *result);
/* level: of compress/gzip, -2 to 9, for a layer that is not compressed yet */
pyggcr_status pyggcr_tarball_layer(pyggcr_char *path, size_t path_size, uint64_t opener,
                                   int64_t level, int64_t timeout, pyggcr_result *result);

pyggcr_status pyggcr_image_digest(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_config_name(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_size(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_media_type(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_manifest(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_raw_manifest(pyggcr_handle image, int64_t timeout,
                                        pyggcr_result *result);
pyggcr_status pyggcr_image_config_file(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_raw_config_file(pyggcr_handle image, int64_t timeout,
                                           pyggcr_result *result);
/* data: the handles of the layers, uint64_t each */
pyggcr_status pyggcr_image_layers(pyggcr_handle image, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_image_layer_by_digest(pyggcr_handle image, pyggcr_char *digest,
                                           size_t digest_size, int64_t timeout,
                                           pyggcr_result *result);
pyggcr_status pyggcr_image_layer_by_diff_id(pyggcr_handle image, pyggcr_char *diff_id,
                                            size_t diff_id_size, int64_t timeout,
                                            pyggcr_result *result);

pyggcr_status pyggcr_layer_digest(pyggcr_handle layer, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_layer_diff_id(pyggcr_handle layer, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_layer_size(pyggcr_handle layer, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_layer_media_type(pyggcr_handle layer, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_layer_compressed(pyggcr_handle layer, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_layer_uncompressed(pyggcr_handle layer, int64_t timeout,
                                        pyggcr_result *result);

pyggcr_status pyggcr_index_media_type(pyggcr_handle index, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_digest(pyggcr_handle index, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_size(pyggcr_handle index, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_manifest(pyggcr_handle index, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_raw_manifest(pyggcr_handle index, int64_t timeout, pyggcr_result
                                        *result);
pyggcr_status pyggcr_index_image(pyggcr_handle index, pyggcr_char *digest, size_t digest_size,
                                 int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_image_index(pyggcr_handle index, pyggcr_char *digest, size_t digest_size,
                                       int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_index_layer(pyggcr_handle index, pyggcr_char *digest, size_t digest_size,
                                 int64_t timeout, pyggcr_result *result);

/* kind: "image", "index" or "layer"; number: for the value_callback */
pyggcr_status pyggcr_python_value(uint64_t number, pyggcr_char *kind, size_t kind_size,
                                  pyggcr_result *result);

/* authn, remote. request: a target, see native/target.go; client: from pyggcr_remote_client, whose
   options are those of native/client.go; value: an image, an index, a descriptor or a manifest */
pyggcr_status pyggcr_authn_resolve(pyggcr_char *request, size_t request_size, int64_t timeout,
                                   pyggcr_result *result);
pyggcr_status pyggcr_remote_client(pyggcr_char *options, size_t options_size, pyggcr_result
                                   *result);
pyggcr_status pyggcr_remote_manifest(pyggcr_char *manifest, size_t manifest_size, pyggcr_char
                                     *media_type, size_t media_type_size, pyggcr_result *result);
pyggcr_status pyggcr_remote_get(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_image(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                  int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_index(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                  int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_layer(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                  int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_referrers(pyggcr_handle client, pyggcr_char *request, size_t
                                      request_size, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_head(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                 int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_list(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                 int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_catalog(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                    int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_push(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                 pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_put(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_write_layer(pyggcr_handle client, pyggcr_char *request, size_t
                                        request_size, pyggcr_handle layer, int64_t timeout,
                                        pyggcr_result *result);
/* requests: a list of targets; values: a handle for each */
pyggcr_status pyggcr_remote_multi_write(pyggcr_handle client, pyggcr_char *requests, size_t
                                        requests_size, pyggcr_handle *values, int64_t timeout,
                                        pyggcr_result *result);
pyggcr_status pyggcr_remote_delete(pyggcr_handle client, pyggcr_char *request, size_t request_size,
                                   int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_remote_check_push_permission(pyggcr_handle client, pyggcr_char *request, size_t
                                                  request_size, int64_t timeout, pyggcr_result
                                                  *result);
pyggcr_status pyggcr_descriptor(pyggcr_handle descriptor, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_descriptor_manifest(pyggcr_handle descriptor, int64_t timeout, pyggcr_result
                                         *result);
pyggcr_status pyggcr_descriptor_image(pyggcr_handle descriptor, int64_t timeout, pyggcr_result
                                      *result);
pyggcr_status pyggcr_descriptor_index(pyggcr_handle descriptor, int64_t timeout, pyggcr_result
                                      *result);

/* daemon. options: those of native/docker.go; request, source, target: as for remote, the last two
   and that of write being tags; opener: opens the archive instead of the engine, or 0 */
pyggcr_status pyggcr_daemon_image(pyggcr_char *options, size_t options_size, pyggcr_char *request,
                                  size_t request_size, uint64_t opener, int64_t timeout,
                                  pyggcr_result *result);
/* data: what the engine says */
pyggcr_status pyggcr_daemon_write(pyggcr_char *options, size_t options_size, pyggcr_char *request,
                                  size_t request_size, pyggcr_handle image, int64_t timeout,
                                  pyggcr_result *result);
pyggcr_status pyggcr_daemon_tag(pyggcr_char *options, size_t options_size, pyggcr_char *source,
                                size_t source_size, pyggcr_char *target, size_t target_size,
                                int64_t timeout, pyggcr_result *result);

/* registry: served until the handle is released; address: data, host and port */
pyggcr_status pyggcr_registry_serve(pyggcr_char *options, size_t options_size, pyggcr_result
                                    *result);
pyggcr_status pyggcr_registry_address(pyggcr_handle registry, pyggcr_result *result);

/* partial: value is an image, a layer or parts; a function that it cannot serve is refused */
pyggcr_status pyggcr_partial_parts(pyggcr_char *manifest, size_t manifest_size,
                                   pyggcr_char *config, size_t config_size, pyggcr_char *index,
                                   size_t index_size, pyggcr_result *result);
pyggcr_status pyggcr_partial_config_file(pyggcr_handle value, int64_t timeout,
                                         pyggcr_result *result);
pyggcr_status pyggcr_partial_config_name(pyggcr_handle value, int64_t timeout,
                                         pyggcr_result *result);
pyggcr_status pyggcr_partial_config_layer(pyggcr_handle value, int64_t timeout,
                                          pyggcr_result *result);
pyggcr_status pyggcr_partial_diff_ids(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_raw_config_file(pyggcr_handle value, int64_t timeout,
                                             pyggcr_result *result);
pyggcr_status pyggcr_partial_digest(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_manifest(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_raw_manifest(pyggcr_handle value, int64_t timeout,
                                          pyggcr_result *result);
pyggcr_status pyggcr_partial_size(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_fs_layers(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_blob_size(pyggcr_handle value, pyggcr_char *digest, size_t digest_size,
                                       int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_blob_descriptor(pyggcr_handle value, pyggcr_char *digest,
                                             size_t digest_size, int64_t timeout,
                                             pyggcr_result *result);
pyggcr_status pyggcr_partial_blob_to_diff_id(pyggcr_handle value, pyggcr_char *digest,
                                             size_t digest_size, int64_t timeout,
                                             pyggcr_result *result);
pyggcr_status pyggcr_partial_diff_id_to_blob(pyggcr_handle value, pyggcr_char *diff_id,
                                             size_t diff_id_size, int64_t timeout,
                                             pyggcr_result *result);
pyggcr_status pyggcr_partial_descriptor(pyggcr_handle value, int64_t timeout,
                                        pyggcr_result *result);
pyggcr_status pyggcr_partial_uncompressed_size(pyggcr_handle value, int64_t timeout,
                                               pyggcr_result *result);
pyggcr_status pyggcr_partial_exists(pyggcr_handle value, int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_partial_artifact_type(pyggcr_handle value, int64_t timeout,
                                           pyggcr_result *result);
/* all manifests of an index, those that Python's matcher then chooses from */
pyggcr_status pyggcr_partial_find_manifests(pyggcr_handle value, int64_t timeout,
                                            pyggcr_result *result);

pyggcr_status pyggcr_validate_image(pyggcr_handle image, int32_t fast, int64_t timeout,
                                    pyggcr_result *result);
pyggcr_status pyggcr_validate_layer(pyggcr_handle layer, int32_t fast, int64_t timeout,
                                    pyggcr_result *result);
pyggcr_status pyggcr_validate_index(pyggcr_handle index, int32_t fast, int64_t timeout,
                                    pyggcr_result *result);

/* gostd: small pure functions of Go's standard library and of go-containerregistry, by name */
pyggcr_status pyggcr_gostd(pyggcr_char *op, size_t op_size, pyggcr_char *input, size_t input_size,
                           int64_t timeout, pyggcr_result *result);

#ifdef PYGGCR_TEST
/* ---- only in the library that the tests build ---- */

pyggcr_status pyggcr_test_panic(pyggcr_result *result);
pyggcr_status pyggcr_test_panic_in_call(int64_t timeout, pyggcr_result *result);
pyggcr_status pyggcr_test_block(int64_t timeout, pyggcr_result *result);
#endif

#endif /* PYGGCR_H */
