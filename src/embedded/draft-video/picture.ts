/**
 * One component of a picture. Sample `index` along an axis lies at canvas coordinate (index + phase) / density,
 * where pixel 0 covers 0..1: luma has density 1 and phase ½, chroma of 4:2:0 density ½ and phase ½, and luma with
 * half-pel samples in between density 2 and phase 1.
 */
export interface Plane {
  width: number;
  height: number;
  samples: Uint8Array;
  density: number;
  phase: number;
}

/** A picture as H.264 takes it: 8-bit 4:2:0, BT.709, video range (luma 16..235, chroma 16..240). */
export interface Picture {
  width: number;
  height: number;
  planes: [luma: Plane, blueDifference: Plane, redDifference: Plane];
}

/**
 * A picture with holes. Every sample carries its opacity: value in bits 0..7, alpha in bits 16..23, so that both are
 * read and weighted in one go.
 */
export interface CutOut {
  width: number;
  height: number;
  planes: CutOutPlane[];
}

export type CutOutPlane = Omit<Plane, 'samples'> & { samples: Int32Array };

/** The size of a picture in bytes; its planes lie one after the other. */
export function pictureBytes(width: number, height: number): number {
  return width * height + 2 * (width / 2) * (height / 2);
}

/** An empty picture whose planes share `bytes`, in the order of ffmpeg's `yuv420p`. Sides must be even. */
export function createPicture(
  width: number,
  height: number,
  bytes: Uint8Array = new Uint8Array(pictureBytes(width, height)),
): Picture {
  const lumaBytes = width * height;
  const half = { width: width / 2, height: height / 2, density: 0.5, phase: 0.5 };
  const chromaBytes = half.width * half.height;
  return {
    width,
    height,
    planes: [
      { width, height, density: 1, phase: 0.5, samples: bytes.subarray(0, lumaBytes) },
      { ...half, samples: bytes.subarray(lumaBytes, lumaBytes + chromaBytes) },
      { ...half, samples: bytes.subarray(lumaBytes + chromaBytes, lumaBytes + 2 * chromaBytes) },
    ],
  };
}

/** BT.709 (ITU-R BT.709-6, 3.3 to 3.5): R'G'B' 0..255 to Y'CbCr of video range. */
export function toYuv([red, green, blue]: Colour): Colour {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return [
    16 + (luma * 219) / 255,
    128 + (((blue - luma) / 1.8556) * 224) / 255,
    128 + (((red - luma) / 1.5748) * 224) / 255,
  ];
}

export type Colour = readonly [number, number, number];

/** Packed 8-bit pixels: `channels` 3 is RGB, 4 is RGB and alpha. */
export interface PackedPixels {
  width: number;
  height: number;
  channels: 3 | 4;
  pixels: Uint8Array;
}

/** Converts packed pixels; chroma is the mean of each 2 × 2 block. */
export function pictureOf(packed: PackedPixels): Picture {
  const picture = createPicture(packed.width, packed.height);
  const [luma, blueDifference, redDifference] = picture.planes;
  writeLuma(packed, luma.samples);
  writeChroma(packed, blueDifference.samples, redDifference.samples);
  return picture;
}

/**
 * Converts pixels with alpha, which must not be premultiplied. Holes take the colour `under`, so that no dark
 * fringe shows where an edge is read between pixels.
 */
export function cutOutOf(packed: PackedPixels & { channels: 4 }, under: Colour): CutOut {
  const { width, height, pixels } = packed;
  const full = new Uint8Array(width * height);
  for (let i = 0; i < full.length; i++) {
    full[i] = pixels[4 * i + 3]!;
    if (full[i] === 0) pixels.set(under, 4 * i);
  }
  const half = halved(full, width);
  const planes = pictureOf(packed).planes.map((plane, i) => {
    const alpha = i === 0 ? full : half;
    const samples = Int32Array.from(plane.samples, (value, at) => value | (alpha[at]! << 16));
    return { ...plane, samples };
  });
  return { width, height, planes };
}

/** The mean of each 2 × 2 block. */
function halved(samples: Uint8Array, width: number): Uint8Array {
  const half = new Uint8Array(samples.length / 4);
  for (let to = 0; to < half.length; to++) {
    const row = Math.floor(to / (width / 2));
    const at = 2 * row * width + 2 * (to - (row * width) / 2);
    half[to] = (samples[at]! + samples[at + 1]! + samples[at + width]! + samples[at + width + 1]! + 2) >> 2;
  }
  return half;
}

/** The matrix of {@link toYuv} in 16 fractional bits; a sum of rounded weights may be off by 1 in 65,536. */
function writeLuma({ pixels, channels }: PackedPixels, luma: Uint8Array): void {
  for (let i = 0, from = 0; i < luma.length; i++, from += channels) {
    const weighted = 11_966 * pixels[from]! + 40_254 * pixels[from + 1]! + 4064 * pixels[from + 2]!;
    luma[i] = 16 + ((weighted + 32_768) >> 16);
  }
}

function writeChroma(packed: PackedPixels, blueDifference: Uint8Array, redDifference: Uint8Array): void {
  const { width, height, channels, pixels } = packed;
  const down = width * channels;
  for (let y = 0, to = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2, to++) {
      const at = y * down + x * channels;
      const sum = (component: number) =>
        pixels[at + component]! +
        pixels[at + channels + component]! +
        pixels[at + down + component]! +
        pixels[at + down + channels + component]!;
      const [red, green, blue] = [sum(0), sum(1), sum(2)];
      blueDifference[to] = (-6596 * red - 22_189 * green + 28_784 * blue + (128 << 18) + (1 << 17)) >> 18;
      redDifference[to] = (28_784 * red - 26_145 * green - 2639 * blue + (128 << 18) + (1 << 17)) >> 18;
    }
  }
}
