"""Pictures from and to files, by Pillow."""

from pathlib import Path
from typing import Any, Final, Literal

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from kt_protocol import InvalidInput, Output

ImageFormat = Literal["webp", "png", "jpg"]

MIME_TYPES: Final[dict[str, str]] = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
# method 4 is Pillow's own middle between time and size.
ENCODER_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "webp": {"format": "WEBP", "quality": 92, "method": 4},
    "png": {"format": "PNG", "compress_level": 6},
    "jpg": {"format": "JPEG", "quality": 92, "subsampling": 0, "optimize": True},
}


def read_image(path: str | Path, what: str = "image") -> Image.Image:
    """An RGB picture, upright (its EXIF orientation applied), what is transparent laid on white.

    Raises `InvalidInput` when the file can't be read as a picture; `what` names it in the message.
    """
    try:
        with Image.open(path) as file:
            upright = ImageOps.exif_transpose(file)
            if not upright.has_transparency_data:
                return upright.convert("RGB")
            white = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidInput(f"The {what} can't be read as a picture.") from error


def write_image(path: Path, picture: Image.Image, output_format: ImageFormat, comment: str) -> Output:
    """Writes `picture`, with `comment` as the file's description and software (EXIF), and answers the file's entry."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = comment
    exif[ExifTags.Base.Software] = comment
    picture.save(path, exif=exif, **ENCODER_SETTINGS[output_format])
    return {
        "filename": path.name,
        "mimeType": MIME_TYPES[output_format],
        "width": picture.width,
        "height": picture.height,
    }
