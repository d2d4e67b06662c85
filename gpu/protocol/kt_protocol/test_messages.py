import json
import unittest
from pathlib import Path

from kt_protocol.messages import BODIES, message_problems

MESSAGES = Path(__file__).parent.parent / "messages"


def read_examples(folder: Path) -> dict[str, dict]:
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


class GoldenMessages(unittest.TestCase):
    def test_every_example_is_accepted(self) -> None:
        for name, example in read_examples(MESSAGES).items():
            with self.subTest(name):
                self.assertEqual(list(message_problems(example["message"], example["kind"], example["method"])), [])

    def test_every_wrong_example_is_refused(self) -> None:
        for name, example in read_examples(MESSAGES / "invalid").items():
            with self.subTest(name, why=example["why"]):
                self.assertNotEqual(list(message_problems(example["message"], example["kind"], example["method"])), [])

    def test_every_message_has_an_example(self) -> None:
        seen = {(example["kind"], example["method"]) for example in read_examples(MESSAGES).values()}
        self.assertEqual(set(BODIES) - seen, set())


if __name__ == "__main__":
    unittest.main()
