import pytest

from annotation_quality import assess_quality
from sections import kind_of_label, sections_from_novelty, sections_from_tags
from transcript import parse_transcript, split_words


def test_tags_are_sections_and_the_rest_are_lines() -> None:
    transcript = parse_transcript("Alone\r\n[Intro]\n\n[ Verse 1 ]\n Hi - there, you! \n — \nbye [now]\n[]\n", "en")
    assert transcript.sections == ["Intro", "Verse 1"]
    assert [(line.text, line.section) for line in transcript.lines] == [
        ("Alone", None),
        ("Hi - there, you!", 1),
        ("bye [now]", 1),
    ]
    assert [word.text for word in transcript.words] == ["Alone", "Hi", "there,", "you!", "bye", "[now]"]
    assert [word.line for word in transcript.words] == [0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("你好、世界 API 3", "zh", ["你", "好", "世", "界", "API", "3"]),
        ("สวัสดี", "th", ["ส", "วั", "ส", "ดี"]),
        ("don't stop — 24/7", "en", ["don't", "stop", "24/7"]),
    ],
)
def test_lines_fall_into_words_as_the_language_has_it(text: str, language: str, words: list[str]) -> None:
    assert split_words(text, language) == words


def line(section: int | None, start: float, end: float) -> dict:
    return {"sectionIndex": section, "startSeconds": start, "endSeconds": end}


def test_sections_begin_with_their_lines_and_empty_ones_share_the_gap() -> None:
    lines = [line(1, 10, 20), line(1, 21, 25), line(4, 35, 40)]
    found = sections_from_tags(["Intro", "Verse", "Solo", "Break", "Final Chorus", "Outro"], lines, 50)
    assert [(s["startSeconds"], s["endSeconds"]) for s in found] == [
        (0, 10),
        (10, 25),
        (25, 30),
        (30, 35),
        (35, 40),
        (40, 50),
    ]
    assert [s["kind"] for s in found] == ["intro", "verse", "solo", "breakdown", "chorus", "outro"]


def test_labels_mean_what_they_say() -> None:
    labels = {"Pre-Chorus 2": "pre-chorus", "Hook": "chorus", "Middle 8": "bridge", "Spoken": "other"}
    assert {label: kind_of_label(label) for label in labels} == labels


def test_sections_without_tags_cover_the_recording() -> None:
    found = sections_from_novelty([12.5, 40, 99], 60)
    assert [(s["label"], s["startSeconds"], s["endSeconds"]) for s in found] == [
        ("Part 1", 0, 12.5),
        ("Part 2", 12.5, 40),
        ("Part 3", 40, 60),
    ]


def quality(confidences: list[float], **changes: object) -> dict:
    words = [{"index": index, "confidence": confidence} for index, confidence in enumerate(confidences)]
    given = {"transcript_given": True, "drift_seconds": 0.1, "is_silent": False, "warnings": ["first"]}
    return assess_quality(words, **{**given, **changes})


def test_quality_counts_words_and_warns_of_what_can_not_be_trusted() -> None:
    assert quality([0.9, 0.2, 0.9, 0.8]) == {
        "coverage": 0.75,
        "meanConfidence": 0.7,
        "unmatchedWords": [1],
        "driftSeconds": 0.1,
        "warnings": ["first"],
    }
    poor = quality([0.1, 0.1], drift_seconds=2.0)
    assert "matches the recording poorly" in poor["warnings"][1]
    assert "2.0 s" in poor["warnings"][2]
    assert quality([], is_silent=True)["warnings"][1:] == [
        "The transcript holds no words: only beats, sections and speech segments were found.",
        "Nothing is heard: the recording is silent.",
    ]
    untold = quality([0.9], transcript_given=False)
    assert (untold["coverage"], untold["meanConfidence"]) == (None, None)
