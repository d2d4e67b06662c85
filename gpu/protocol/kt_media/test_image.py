from pathlib import Path

import pytest
from PIL import ExifTags, Image

from kt_media.image import read_image, write_image
from kt_protocol import InvalidInput


@pytest.mark.parametrize("output_format", ["webp", "png", "jpg"])
def test_a_picture_is_written_with_its_comment(tmp_path: Path, output_format: str) -> None:
    path = tmp_path / f"image.{output_format}"
    entry = write_image(path, Image.new("RGB", (96, 64), (200, 10, 10)), output_format, "Made by a test.")
    mime_type = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}[output_format]
    assert entry == {"filename": path.name, "mimeType": mime_type, "width": 96, "height": 64}
    with Image.open(path) as file:
        assert (file.size, file.get_format_mimetype()) == ((96, 64), mime_type)
        assert file.getexif()[ExifTags.Base.ImageDescription] == "Made by a test."
        assert all(abs(a - b) < 6 for a, b in zip(file.convert("RGB").getpixel((5, 5)), (200, 10, 10), strict=True))


def test_a_picture_is_read_upright_and_opaque(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (96, 64)).save(tmp_path / "turned.jpg", exif=turned)
    assert read_image(tmp_path / "turned.jpg").size == (64, 96)
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)


def test_what_is_not_a_picture_is_an_invalid_input(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(InvalidInput, match="source image"):
        read_image(tmp_path / "text.png", "source image")
    Image.new("RGB", (500, 500)).save(tmp_path / "half.png", compress_level=0)
    (tmp_path / "half.png").write_bytes((tmp_path / "half.png").read_bytes()[:1000])
    with pytest.raises(InvalidInput):
        read_image(tmp_path / "half.png")
