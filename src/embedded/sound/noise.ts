/** White noise: every frequency equally strong, −1..1. */
export function whiteNoise(samples: number, random: () => number): Float32Array {
  const noise = new Float32Array(samples);
  for (let i = 0; i < samples; i++) noise[i] = random() * 2 - 1;
  return noise;
}

/** Pink noise, −3 dB an octave: Paul Kellet's refined filter on white noise, about −1..1. */
export function pinkNoise(samples: number, random: () => number): Float32Array {
  const noise = new Float32Array(samples);
  let [b0, b1, b2, b3, b4, b5, b6] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < samples; i++) {
    const white = random() * 2 - 1;
    b0 = 0.99886 * b0 + white * 0.0555179;
    b1 = 0.99332 * b1 + white * 0.0750759;
    b2 = 0.969 * b2 + white * 0.153852;
    b3 = 0.8665 * b3 + white * 0.3104856;
    b4 = 0.55 * b4 + white * 0.5329522;
    b5 = -0.7616 * b5 - white * 0.016898;
    noise[i] = (b0 + b1 + b2 + b3 + b4 + b5 + b6 + white * 0.5362) * 0.2;
    b6 = white * 0.115926;
  }
  return noise;
}

/** Brown noise, −6 dB an octave: leaky sum of white noise, about −1..1. */
export function brownNoise(samples: number, random: () => number): Float32Array {
  const noise = new Float32Array(samples);
  let level = 0;
  for (let i = 0; i < samples; i++) {
    level = level * 0.997 + (random() * 2 - 1) * 0.06;
    noise[i] = level * 2;
  }
  return noise;
}

/**
 * A smooth random curve in 0..1 that wanders `ratePerSecond` times a second: value noise with cosine joints.
 * @returns its value at a time in seconds; times up to `seconds` are covered
 */
export function wander(options: {
  seconds: number;
  ratePerSecond: number;
  random: () => number;
}): (seconds: number) => number {
  const count = Math.ceil(options.seconds * options.ratePerSecond) + 2;
  const points = Float32Array.from({ length: count }, () => options.random());
  return (seconds) => {
    const position = Math.min(count - 1.001, Math.max(0, seconds * options.ratePerSecond));
    const index = Math.floor(position);
    const blend = 0.5 - 0.5 * Math.cos(Math.PI * (position - index));
    return (points[index] ?? 0) * (1 - blend) + (points[index + 1] ?? 0) * blend;
  };
}
