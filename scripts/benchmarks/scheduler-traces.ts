import type { GpuBudget, Priority } from '../../src/scheduler/model.ts';
import type { SimulatedJob, SimulatedModel } from '../../src/testing/gpu-simulator.ts';

/** What is played: models, GPUs and the jobs that come. The same seed gives the same trace. */
export interface Trace {
  name: string;
  about: string;
  gpus: GpuBudget[];
  models: SimulatedModel[];
  jobs: SimulatedJob[];
}

const gigabyte = 1e9;

/** Bytes a second: from a disk, and between the host's memory and a GPU. */
const diskRate = 3 * gigabyte;
const busRate = 16 * gigabyte;
/** Starting Python and importing torch. */
const processSeconds = 6;

interface Kind {
  name: string;
  gigabytes: number;
  runGigabytes: number;
  /** Of one job: from, to. */
  seconds: readonly [number, number];
}

const kinds = {
  picture: { name: 'picture', gigabytes: 58, runGigabytes: 7, seconds: [15, 30] },
  edit: { name: 'edit', gigabytes: 59, runGigabytes: 9, seconds: [20, 40] },
  film: { name: 'film', gigabytes: 46, runGigabytes: 16, seconds: [40, 120] },
  mesh: { name: 'mesh', gigabytes: 16, runGigabytes: 10, seconds: [15, 40] },
  planner: { name: 'planner', gigabytes: 16, runGigabytes: 3, seconds: [2, 10] },
  song: { name: 'song', gigabytes: 9, runGigabytes: 5, seconds: [5, 20] },
  effect: { name: 'effect', gigabytes: 7, runGigabytes: 3, seconds: [3, 10] },
  speech: { name: 'speech', gigabytes: 5, runGigabytes: 2, seconds: [2, 8] },
} as const satisfies Record<string, Kind>;

function modelOf({ name, gigabytes }: Kind): SimulatedModel {
  const bytes = gigabytes * gigabyte;
  const copySeconds = bytes / busRate;
  return {
    ...{ name, heldBytes: bytes, hostBytes: bytes, wakeSeconds: copySeconds, parkSeconds: copySeconds },
    startSeconds: processSeconds + bytes / diskRate,
  };
}

type Random = () => number;

/** Mulberry32: small, and the same on every machine. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function draw<T>(random: Random, weighted: readonly (readonly [T, number])[]): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let at = random() * total;
  for (const [value, weight] of weighted) {
    at -= weight;
    if (at < 0) return value;
  }
  throw new Error('Nothing to draw from.');
}

function jobOf(
  random: Random,
  kind: Kind,
  rest: { priority: Priority; arrivesAtSeconds: number },
): SimulatedJob {
  const [from, to] = kind.seconds;
  const seconds = from + random() * (to - from);
  return {
    ...rest,
    model: kind.name,
    seconds,
    runBytes: kind.runGigabytes * gigabyte * (0.6 + 0.4 * random()),
  };
}

const meanSeconds = ({ seconds: [from, to] }: Kind) => (from + to) / 2;
const gpusOf = (count: number, bytes = 79) =>
  Array.from({ length: count }, (_, i) => ({ id: `cuda:${i}`, bytes: bytes * gigabyte }));

type Mix = readonly (readonly [readonly [Kind, Priority], number])[];

/** Jobs of a mix that come one by one, independently, at so many times what the GPUs can do. */
function poisson(
  random: Random,
  options: { mix: Mix; load: number; count: number; gpus: number },
): SimulatedJob[] {
  const { mix, load, count, gpus } = options;
  const weight = mix.reduce((sum, [, of]) => sum + of, 0);
  const seconds = mix.reduce((sum, [[kind], of]) => sum + (of / weight) * meanSeconds(kind), 0);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += (-Math.log(1 - random()) * seconds) / (load * gpus);
    const [kind, priority] = draw(random, mix);
    return jobOf(random, kind, { priority, arrivesAtSeconds: at });
  });
}

const interactiveAndBatch: Mix = [
  [[kinds.picture, 'interactive'], 12],
  [[kinds.speech, 'interactive'], 12],
  [[kinds.planner, 'interactive'], 6],
  [[kinds.picture, 'batch'], 20],
  [[kinds.film, 'batch'], 25],
  [[kinds.song, 'standard'], 15],
  [[kinds.effect, 'standard'], 10],
];

export function traces(count: number): Trace[] {
  return [mixed(count), bursty(count), adversarial(count), zipf(count), twoGpus(count)];
}

const modelsOf = (...list: Kind[]) => list.map(modelOf);

function mixed(count: number): Trace {
  const jobs = poisson(createRandom(1), { mix: interactiveAndBatch, load: 1.1, count, gpus: 1 });
  const { picture, speech, planner, film, song, effect } = kinds;
  return {
    name: 'mixed',
    about: 'interactive, standard and batch jobs come at random, a tenth more than one GPU can do',
    gpus: gpusOf(1),
    models: modelsOf(picture, speech, planner, film, song, effect),
    jobs,
  };
}

/** Twenty to sixty jobs of one or two models at once, with a trickle of interactive ones between. */
function bursty(count: number): Trace {
  const random = createRandom(2);
  const { picture, edit, film, speech, song } = kinds;
  const jobs: SimulatedJob[] = [];
  let at = 0;
  while (jobs.length < count) {
    const kind = draw<Kind>(random, [
      [picture, 3],
      [edit, 2],
      [film, 1],
      [song, 2],
    ]);
    const size = 20 + Math.floor(random() * 40);
    for (let i = 0; i < size; i++) {
      const priority = draw<Priority>(random, [
        ['standard', 1],
        ['batch', 1],
      ]);
      jobs.push(jobOf(random, kind, { priority, arrivesAtSeconds: at }));
    }
    const pauseSeconds = (size * meanSeconds(kind)) / 0.95;
    for (let i = 0; i < size / 5; i++) {
      const asked = draw<Kind>(random, [
        [speech, 2],
        [picture, 1],
      ]);
      jobs.push(
        jobOf(random, asked, { priority: 'interactive', arrivesAtSeconds: at + random() * pauseSeconds }),
      );
    }
    at += pauseSeconds;
  }
  return {
    name: 'bursty',
    about: 'bursts of one model at a time, with single interactive jobs between, as much as one GPU can do',
    gpus: gpusOf(1),
    models: modelsOf(picture, edit, film, speech, song),
    jobs: inOrder(jobs.slice(0, count)),
  };
}

/** Every job wants another model than the one before it, and no two of the models fit together. */
function adversarial(count: number): Trace {
  const random = createRandom(3);
  const quick = (kind: Kind): Kind => ({ ...kind, seconds: [2, 6] });
  const three = [quick(kinds.picture), quick(kinds.edit), quick(kinds.film)];
  const jobs = Array.from({ length: count }, (_, i) => {
    const kind = three[i % three.length] ?? kinds.film;
    return jobOf(random, kind, { priority: 'interactive', arrivesAtSeconds: (i * 4) / 1.05 });
  });
  return {
    name: 'ABCABC',
    about:
      'short interactive jobs, each of another of three models of which one fits, as many as one GPU can do',
    gpus: gpusOf(1),
    models: modelsOf(...three),
    jobs,
  };
}

const byPopularity = [
  kinds.speech,
  kinds.picture,
  kinds.planner,
  kinds.effect,
  kinds.song,
  kinds.edit,
  kinds.mesh,
  kinds.film,
] as const;

/** The k-th most popular model gets 1/k of what the first gets. */
function zipfMix(): Mix {
  return byPopularity.flatMap((kind, i) =>
    (
      [
        ['interactive', 0.2],
        ['standard', 0.5],
        ['batch', 0.3],
      ] as const
    ).map(([priority, share]) => [[kind, priority], share / (i + 1)] as const),
  );
}

function zipf(count: number): Trace {
  return {
    name: 'Zipf',
    about: 'eight models of different size, the k-th wanted 1/k as often as the first, on one GPU',
    gpus: gpusOf(1),
    models: modelsOf(...byPopularity),
    jobs: poisson(createRandom(4), { mix: zipfMix(), load: 1.05, count, gpus: 1 }),
  };
}

function twoGpus(count: number): Trace {
  return {
    name: 'two GPUs',
    about: 'the same on two GPUs',
    gpus: gpusOf(2),
    models: modelsOf(...byPopularity),
    jobs: poisson(createRandom(5), { mix: zipfMix(), load: 1.05, count, gpus: 2 }),
  };
}

function inOrder(jobs: SimulatedJob[]): SimulatedJob[] {
  return jobs.toSorted((a, b) => a.arrivesAtSeconds - b.arrivesAtSeconds);
}
