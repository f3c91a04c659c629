"""Comparing observations: what counts as a difference, what is left out, what is accepted."""

from __future__ import annotations

from dataclasses import replace

from pyggcr.differential import (
    Comparison,
    Difference,
    Failure,
    LayerObservation,
    Observation,
    StreamSummary,
    compare_observations,
)

DIGEST_GO = "sha256:" + 64 * "1"
DIGEST_PYTHON = "sha256:" + 64 * "2"
DIFF_ID = "sha256:" + 64 * "d"


def observation(engine: str, profile: str, digest: str, size: int) -> Observation:
    manifest = f'{{"layers":[{{"mediaType":"tar","size":{size},"digest":"{digest}"}}]}}'
    layer = LayerObservation(
        digest=digest,
        diff_id=DIFF_ID,
        size=str(size),
        media_type="tar",
        compressed=StreamSummary(digest[7:], size),
        uncompressed=StreamSummary(DIFF_ID[7:], 1024),
        blob_to_diff_id=DIFF_ID,
        diff_id_to_blob=digest,
        layer_by_digest="ok",
        layer_by_diff_id="ok",
    )
    return Observation(
        media_type="manifest",
        digest=digest[::-1],
        size=str(len(manifest)),
        raw_manifest=manifest,
        fs_layers=(digest,),
        diff_ids=(DIFF_ID,),
        layers=(layer,),
        unknown_blob=Failure("unknown blob x", "UnknownBlobError"),
        validate="ok",
        engine=engine,
        gzip_profile=profile,
    )


GO = observation("go", "go1.26", DIGEST_GO, 100)
SAME = observation("python", "go1.26", DIGEST_GO, 100)
OTHER_GZIP = observation("python", "go1.27", DIGEST_PYTHON, 90)


def test_the_same_answers_are_equal_and_all_compared() -> None:
    comparison = compare_observations(GO, SAME)

    assert comparison.equal
    assert comparison.same_gzip
    assert comparison.left_out == ()
    assert comparison.compared == len(dict(GO.answers()))


def test_a_different_answer_is_reported_with_its_place() -> None:
    assert isinstance(SAME.layers, tuple)
    layer = replace(SAME.layers[0], media_type="zstd")

    comparison = compare_observations(GO, replace(SAME, layers=(layer,)))

    assert comparison.differences == (Difference("layers[0].media_type", "tar", "zstd"),)


def test_the_same_text_under_another_class_is_a_difference() -> None:
    python = replace(SAME, unknown_blob=Failure("unknown blob x", "ArchiveError"))

    comparison = compare_observations(GO, python)

    assert comparison.differences == (
        Difference(
            "unknown_blob", "unknown blob x", "unknown blob x", "UnknownBlobError", "ArchiveError"
        ),
    )


def test_an_answer_against_a_failure_is_a_difference() -> None:
    python = replace(SAME, validate=Failure("ok", "ValidationError"))

    comparison = compare_observations(GO, python)

    assert [difference.where for difference in comparison.differences] == ["validate"]


def test_an_answer_that_one_engine_could_not_give_is_a_difference() -> None:
    python = replace(SAME, digest=None)

    comparison = compare_observations(GO, python)

    assert comparison.differences == (
        Difference("digest", go=DIGEST_GO[::-1], python="(no answer)"),
    )


def test_one_layer_more_is_a_difference_at_each_of_its_answers() -> None:
    assert isinstance(SAME.layers, tuple)
    python = replace(SAME, layers=SAME.layers * 2)

    places = [each.where for each in compare_observations(GO, python).differences]

    assert places[0] == "len(layers)"
    assert "layers[1].digest" in places


def test_a_stream_that_differs_is_shown_with_hash_and_size() -> None:
    assert isinstance(SAME.layers, tuple)
    layer = replace(SAME.layers[0], uncompressed=StreamSummary("ab", 1))

    (difference,) = compare_observations(GO, replace(SAME, layers=(layer,))).differences

    assert difference.python == "sha256:ab, 1 bytes"


def test_an_engine_that_refuses_is_compared_by_text_and_class() -> None:
    refusal = Observation(open=Failure("unexpected EOF", "TruncatedError"))

    assert compare_observations(refusal, refusal).equal
    assert not compare_observations(refusal, SAME).equal


class TestWithDifferentGzip:
    def test_digests_and_sizes_of_compressed_layers_are_left_out(self) -> None:
        comparison = compare_observations(GO, OTHER_GZIP)

        assert comparison.equal
        assert not comparison.same_gzip
        assert [omission.where for omission in comparison.left_out] == [
            "digest",
            "size",
            "layers[0].digest",
            "layers[0].size",
            "layers[0].compressed",
        ]

    def test_the_reason_names_both_profiles(self) -> None:
        reasons = {each.reason for each in compare_observations(GO, OTHER_GZIP).left_out}

        assert reasons == {"gzip profiles differ: go go1.26, python go1.27"}

    def test_a_media_type_in_the_manifest_is_still_compared(self) -> None:
        assert isinstance(OTHER_GZIP.raw_manifest, str)
        manifest = OTHER_GZIP.raw_manifest.replace('"tar"', '"rat"')

        comparison = compare_observations(GO, replace(OTHER_GZIP, raw_manifest=manifest))

        assert [difference.where for difference in comparison.differences] == ["raw_manifest"]

    def test_a_digest_of_no_layer_is_still_compared(self) -> None:
        python = replace(OTHER_GZIP, fs_layers=("sha256:" + 64 * "f",))

        comparison = compare_observations(GO, python)

        assert [difference.where for difference in comparison.differences] == ["fs_layers"]

    def test_a_failure_to_give_a_digest_is_still_compared(self) -> None:
        python = replace(OTHER_GZIP, digest=Failure("EOF", "TruncatedError"))

        comparison = compare_observations(GO, python)

        assert [difference.where for difference in comparison.differences] == ["digest"]

    def test_digests_in_error_texts_are_compared_by_their_layer(self) -> None:
        go = replace(GO, validate=Failure(f"unknown blob {DIGEST_GO}", "ValidationError"))
        text = f"unknown blob {DIGEST_PYTHON}"
        python = replace(OTHER_GZIP, validate=Failure(text, "ValidationError"))

        assert compare_observations(go, python).equal


class TestReportsOfGoCmp:
    HEAD = "mismatched config content: (-ParseConfigFile(RawConfigFile()) +ConfigFile()) "
    REPORT = '  &v1.ConfigFile{\n- \tOS: "linux",\n+ \tOS: "windows",\n  \t... // 3 fields\n  }'
    UNSTABLE = REPORT.replace("  ", "\u00a0\u00a0").replace("linux", "darwin")
    TAIL = '\ninvalid ConfigFile.RootFS.Type: "" != "layers"'

    def compared(self, go: str, python: str) -> Comparison:
        return compare_observations(
            replace(GO, validate=Failure(go, "ValidationError")),
            replace(SAME, validate=Failure(python, "ValidationError")),
        )

    def test_their_bodies_may_differ(self) -> None:
        comparison = self.compared(self.HEAD + self.REPORT, self.HEAD + self.UNSTABLE)

        assert comparison.equal
        assert [omission.where for omission in comparison.left_out] == ["validate"]

    def test_what_follows_them_may_not(self) -> None:
        text = self.HEAD + self.REPORT

        assert not self.compared(text + self.TAIL, self.HEAD + self.UNSTABLE).equal

    def test_what_follows_them_is_compared(self) -> None:
        text = self.HEAD + self.UNSTABLE + self.TAIL

        assert self.compared(self.HEAD + self.REPORT + self.TAIL, text).equal

    def test_other_texts_are_compared_whole(self) -> None:
        assert not self.compared("mismatched size: 1", "mismatched size: 2").equal


class TestDamagedZstd:
    def compared(self, go: Failure, python: Failure) -> bool:
        return compare_observations(
            Observation(layers=(LayerObservation(uncompressed=go),)),
            Observation(layers=(LayerObservation(uncompressed=python),)),
        ).equal

    def test_each_decoder_has_its_own_words(self) -> None:
        assert self.compared(
            Failure("corruption detected", "CompressionError"),
            Failure("zstd: data corrupted", "CompressionError"),
        )

    def test_one_may_call_damage_an_early_end(self) -> None:
        assert self.compared(
            Failure("unexpected EOF", "TruncatedError"),
            Failure("zstd: data corrupted", "CompressionError"),
        )
        assert self.compared(
            Failure("reserved bit set on frame header", "CompressionError"),
            Failure("unexpected EOF", "TruncatedError"),
        )

    def test_but_that_goes_for_zstd_only(self) -> None:
        assert not self.compared(
            Failure("gzip: invalid checksum", "CompressionError"),
            Failure("unexpected EOF", "TruncatedError"),
        )
        assert not self.compared(
            Failure("unexpected EOF", "TruncatedError"),
            Failure("gzip: invalid checksum", "CompressionError"),
        )

    def test_and_no_other_class_will_do(self) -> None:
        assert not self.compared(
            Failure("too bad", "Error"), Failure("zstd: data corrupted", "CompressionError")
        )

    def test_and_damage_is_not_the_same_as_none(self) -> None:
        assert not compare_observations(
            Observation(layers=(LayerObservation(uncompressed=StreamSummary("ab", 1)),)),
            Observation(
                layers=(LayerObservation(uncompressed=Failure("zstd: bad", "CompressionError")),)
            ),
        ).equal
