import unittest
from typing import Annotated, Any, Literal, TypedDict

from kt_protocol.errors import Canceled, failure_of
from kt_protocol.shape import maximum, minimum, pattern, problems


class Base(TypedDict):
    name: Annotated[str, pattern("[a-z]+")]


class Thing(Base, total=False):
    size: Annotated[int, minimum(0), maximum(9)]
    parts: list[float]
    kind: Literal["a", "b"] | None


class Shapes(unittest.TestCase):
    def assert_problem(self, value: Any, path: str) -> None:
        found = list(problems(value, Thing))
        self.assertEqual([problem.split(":")[0] for problem in found], [path])

    def test_values_that_fit(self) -> None:
        for value in ({"name": "x"}, {"name": "x", "size": 9, "parts": [1, 0.5], "kind": None, "more": 1}):
            self.assertEqual(list(problems(value, Thing)), [])

    def test_values_that_do_not_fit_are_named_by_their_path(self) -> None:
        self.assert_problem({}, "/name")
        self.assert_problem([], "")
        self.assert_problem({"name": "x\n"}, "/name")
        self.assert_problem({"name": "x", "size": 10}, "/size")
        self.assert_problem({"name": "x", "size": True}, "/size")
        self.assert_problem({"name": "x", "parts": [1, "2"]}, "/parts/1")
        self.assert_problem({"name": "x", "kind": "c"}, "/kind")


class Failures(unittest.TestCase):
    def test_out_of_memory_errors_of_libraries_are_known(self) -> None:
        class OutOfMemoryError(RuntimeError):
            """As torch names it."""

        host = RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried")
        for error in (OutOfMemoryError("CUDA out of memory at /path"), MemoryError(), host):
            self.assertEqual(failure_of(error), ("out_of_memory", "The model ran out of memory."))

    def test_a_bug_is_not_taken_for_too_little_memory(self) -> None:
        self.assertEqual(failure_of(RuntimeError("sizes differ")), ("internal", "RuntimeError: sizes differ"))

    def test_a_runner_error_keeps_its_kind(self) -> None:
        self.assertEqual(failure_of(Canceled()), ("canceled", "The job was canceled."))


if __name__ == "__main__":
    unittest.main()
