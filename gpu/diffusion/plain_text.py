"""What a client writes, as text and nothing else."""


def plain_text(text: str) -> str:
    """`text` without the marks of a tokenizer or a chat template in it, such as `<|endoftext|>`: they would end it, or
    stand for a sound that is not there."""
    return text.replace("<|", "< |")
