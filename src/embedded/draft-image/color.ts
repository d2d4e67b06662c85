/** A colour in sRGB, each part 0..1 (values outside are clamped when a picture is encoded). */
export interface Color {
  red: number;
  green: number;
  blue: number;
}

/** A colour in Oklab (Ottosson 2020): `light` 0..1, `a` green–red, `b` blue–yellow, about −0.4..0.4. */
export interface Oklab {
  light: number;
  a: number;
  b: number;
}

/** Reads `#rrggbb`. */
export function color(hex: string): Color {
  const bits = Number.parseInt(hex.slice(1), 16);
  return { red: (bits >> 16) / 255, green: ((bits >> 8) & 255) / 255, blue: (bits & 255) / 255 };
}

/** Writes `#rrggbb`, for SVG. */
export function css({ red, green, blue }: Color): string {
  const byte = (part: number) =>
    Math.round(clamp(part) * 255)
      .toString(16)
      .padStart(2, '0');
  return `#${byte(red)}${byte(green)}${byte(blue)}`;
}

/** Keeps `value` in 0..1. */
export function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** 0 below `from`, 1 above `to`, smooth between; `from` may be the larger. */
export function smoothstep(from: number, to: number, value: number): number {
  const at = clamp((value - from) / (to - from));
  return at * at * (3 - 2 * at);
}

/** Rec. 709 luma of sRGB parts: how light a pixel looks, 0..1. */
export function luma({ red, green, blue }: Color): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** `amount` 0 is `from`, 1 is `to`; mixed in Oklab, so that hues stay clean on the way. */
export function mix(from: Color, to: Color, amount: number): Color {
  const start = toOklab(from);
  const end = toOklab(to);
  return fromOklab({
    light: start.light + (end.light - start.light) * amount,
    a: start.a + (end.a - start.a) * amount,
    b: start.b + (end.b - start.b) * amount,
  });
}

/** The colour of a surface under coloured light. */
export function lit(surface: Color, light: Color): Color {
  return {
    red: surface.red * light.red,
    green: surface.green * light.green,
    blue: surface.blue * light.blue,
  };
}

/** A smooth run through `stops`, evenly spaced, as a fast look-up from 0..1. */
export function gradient(stops: readonly [Color, ...Color[]]): (at: number) => Color {
  const entries = 512;
  const table = Array.from({ length: entries + 1 }, (_, index) => {
    const position = (index / entries) * (stops.length - 1);
    const first = Math.min(Math.floor(position), Math.max(0, stops.length - 2));
    return mix(stops[first] ?? stops[0], stops[first + 1] ?? stops[0], position - first);
  });
  return (at) => table[Math.round(clamp(at) * entries)] ?? stops[0];
}

/** sRGB to Oklab. */
export function toOklab({ red, green, blue }: Color): Oklab {
  const r = toLinear(red);
  const g = toLinear(green);
  const b = toLinear(blue);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    light: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

/** Oklab to sRGB; parts out of gamut are clamped to 0..1. */
export function fromOklab({ light, a, b }: Oklab): Color {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return {
    red: toSrgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    green: toSrgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    blue: toSrgb(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  };
}

function toLinear(part: number): number {
  const value = clamp(part);
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function toSrgb(part: number): number {
  const value = clamp(part);
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}
