import type { Placement } from '../../src/models/fit-gpu.ts';
import type { Manifest } from '../../src/runners/manifest.ts';
import type { ResidencyResult } from '../../src/runners/protocol.ts';
import type { JobFigures, ModelFigures, RunFigures } from './gpu-measure.ts';

/** One model's part of `gpu/BENCHMARKS.md`. */
export interface ModelReport {
  manifest: Manifest;
  placement: Placement;
  /** On what, when and by which version it was measured. */
  where: string;
  /** Or why there are none. */
  figures: ModelFigures | string;
}

/** Its heading and tables, in Markdown, beside what its manifest says. */
export function modelSection({ manifest, placement, where, figures }: ModelReport): string {
  const mode = placement.memoryMode === null ? 'loaded whole' : `in the memory mode ${placement.memoryMode}`;
  const head = `### ${manifest.name}\n\n${where}; ${mode}.\n\n`;
  if (typeof figures === 'string') return `${head}Not measured: ${figures}\n`;
  const hostBytes = manifest.memory?.hostBytes ?? 0;
  const residence = markdownTable(
    ['', 'seconds', 'held on the GPU, GB', 'declared', 'held by the host, GB', 'declared'],
    [
      ['program to ready', figures.readySeconds.toFixed(1), '', '', '', ''],
      ['of which load', ...heldCells(figures.load, { gpu: placement.vramBytes, host: null })],
      ['park', ...heldCells(figures.park, { gpu: 0, host: hostBytes })],
      ['wake', ...heldCells(figures.wake, { gpu: placement.vramBytes, host: null })],
      ['first job', secondsOf(figures.firstSeconds), '', '', '', ''],
    ],
  );
  const headings = [
    ...['warm job', 'seconds', 'estimate', 'ms a step', 'peak on the GPU, GB', 'declared'],
    ...['the whole card, GB', 'peak of the host, GB'],
  ];
  const runs = figures.runs.map((run) => runCells(run, manifest, placement));
  return `${head}${residence}\n${markdownTable(headings, runs)}`;
}

function runCells({ job, figures }: RunFigures, manifest: Manifest, placement: Placement): string[] {
  const { estimate, memory } = manifest;
  const estimated = estimate.seconds + job.units * estimate.secondsPerUnit;
  const runBytes = (memory?.runBytes ?? 0) + job.units * (memory?.runBytesPerUnit ?? 0);
  const declared = gigabytes(placement.vramBytes + runBytes);
  const about = `${job.task}: ${job.about}`;
  if (typeof figures === 'string') return [about, figures, estimated.toFixed(1), '', '', declared, '', ''];
  const { seconds, peakGpuBytes, peakHostBytes, cardBytes } = figures;
  return [
    about,
    seconds.toFixed(2),
    estimated.toFixed(1),
    stepCell(figures),
    gigabytes(peakGpuBytes),
    declared,
    cardBytes === null ? '' : gigabytes(cardBytes),
    gigabytes(peakHostBytes),
  ];
}

function stepCell({ steps }: JobFigures): string {
  return steps ? `${(steps.secondsEach * 1000).toFixed(1)} (${steps.stage}, ${steps.count})` : '';
}

/** `declared.host` is null where the manifest says nothing of it. */
function heldCells(held: ResidencyResult | string, declared: { gpu: number; host: number | null }): string[] {
  const host = declared.host === null ? '' : gigabytes(declared.host);
  if (typeof held === 'string') return [held, '', gigabytes(declared.gpu), '', host];
  const { seconds, vramBytes, hostBytes } = held;
  return [seconds.toFixed(1), gigabytes(vramBytes), gigabytes(declared.gpu), gigabytes(hostBytes), host];
}

function secondsOf(value: number | string): string {
  return typeof value === 'string' ? value : value.toFixed(2);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(2);
}

function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '/').replaceAll(/\s+/g, ' ')).join(' | ')} |\n`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('');
}

const figuresHeading = '## Figures';

/**
 * Puts a model's section below the heading "Figures" of a document: in place of that model's older one, or in the order
 * of the names. What stands before the first section goes when the first one comes.
 * @throws Error where the document has no such heading
 */
export function placeSection(document: string, name: string, section: string): string {
  const at = document.indexOf(`${figuresHeading}\n`);
  if (at < 0) throw new Error(`The document has no heading "${figuresHeading}".`);
  const head = document.slice(0, at + figuresHeading.length + 1);
  const [, ...found] = document.slice(head.length).split(/^### /m);
  const sections = new Map(found.map((text) => [text.slice(0, text.indexOf('\n')), `### ${text.trim()}\n`]));
  sections.set(name, section);
  const names = [...sections.keys()].toSorted();
  return `${head}\n${names.map((each) => sections.get(each)).join('\n')}`;
}
