"""ACE-Step with a few thousand random weights, for tests: the real rate and hop, so that lengths are the real ones."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AceStepConditionEncoder,
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

SIZE = {"hidden_size": 32, "intermediate_size": 64}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
ATTENTION = {**HEADS, "rope_theta": 10_000.0, "sliding_window": 16}
LATENT_CHANNELS = 8


def save_tiny_ace_step(folder: Path, **transformer: Any) -> None:
    """Writes the folder as diffusers does; `transformer` adds to that module's configuration (`is_turbo=True`)."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    text_config = Qwen3Config(
        **SIZE,
        **HEADS,
        num_hidden_layers=1,
        vocab_size=len(tokenizer),
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=0,
    )
    pipeline = AceStepPipeline(
        vae=tiny_vae(),
        text_encoder=Qwen3Model(text_config),
        tokenizer=tokenizer,
        transformer=AceStepTransformer1DModel(
            **SIZE,
            **ATTENTION,
            num_hidden_layers=2,
            in_channels=3 * LATENT_CHANNELS,
            audio_acoustic_hidden_dim=LATENT_CHANNELS,
            patch_size=2,
            **transformer,
        ),
        condition_encoder=AceStepConditionEncoder(
            **SIZE,
            **ATTENTION,
            text_hidden_dim=32,
            timbre_hidden_dim=LATENT_CHANNELS,
            num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )
    pipeline.save_pretrained(str(folder))


def tiny_vae() -> AutoencoderOobleck:
    """48 kHz stereo, 1920 samples a latent."""
    ratios = [2, 4, 4, 6, 10]
    return AutoencoderOobleck(
        encoder_hidden_size=6,
        downsampling_ratios=ratios,
        decoder_channels=3,
        decoder_input_channels=LATENT_CHANNELS,
        audio_channels=2,
        channel_multiples=[1] * len(ratios),
        sampling_rate=48_000,
    )


def tiny_tokenizer() -> Qwen2Tokenizer:
    """A token a byte, and one for each long part of the pipeline's template, which leaves room for tags."""
    words = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[])
    tokenizer.add_special_tokens({"extra_special_tokens": words[:3]})
    instruction = "# Instruction\nFill the audio semantic mask based on the given conditions:"
    tokenizer.add_tokens([instruction, "- bpm: N/A\n- timesignature: N/A\n- keyscale: N/A\n- duration:"])
    return tokenizer
