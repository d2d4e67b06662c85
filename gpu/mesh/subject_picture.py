"""The picture of the subject, before TRELLIS.2 sees it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kt_protocol import InvalidInput

# What the library takes for the subject, of 255.
OPAQUE_MIN = 0.8 * 255


def read_subject(path: str | Path) -> Image.Image:
    """An upright picture: RGBA when something of it is transparent, which is then the background; RGB otherwise, and
    the background is to be found.

    Raises `InvalidInput` when the file can't be read as a picture, or when nothing of it is opaque.
    """
    try:
        with Image.open(path) as file:
            upright = ImageOps.exif_transpose(file)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidInput("The source image can't be read as a picture.") from error
    if picture.mode == "RGB":
        return picture
    alpha = np.asarray(picture.getchannel("A"))
    if alpha.min() == 255:
        return picture.convert("RGB")
    if not has_extent(alpha):
        raise InvalidInput("The source image is transparent: there is nothing to make a model of.")
    return picture


def has_extent(alpha: np.ndarray) -> bool:
    """Whether the subject, as the library finds it, is more than a dot."""
    rows, columns = np.nonzero(alpha > OPAQUE_MIN)
    return rows.size > 0 and max(np.ptp(rows), np.ptp(columns)) > 1
