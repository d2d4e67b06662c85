import type { TrellisGenerateParams } from '../../tasks/trellis-generate.ts';
import { createField, type Field } from './field.ts';
import type { Plane } from './plane.ts';
import { guessDepth } from './relief.ts';
import { closeShell, type Mesh } from './shell.ts';
import type { Silhouette } from './silhouette.ts';
import { simplify } from './simplify.ts';
import type { ReportStage } from './stages.ts';

export interface Subject {
  silhouette: Silhouette;
  /** Of the same size as the silhouette's coverage. */
  lightness: Plane;
}

/** A closed mesh in cells of its grid, and that grid. */
export interface ShapedMesh {
  mesh: Mesh;
  field: Field;
}

const cellsMin = 40;
/** Bound of the grid's memory: cells in the subject's rectangle, and along its longest side. */
const gridCellsMax = 2048 * 2048;
const cellsMax = 8192;
/** Where a shape has so many holes that the wanted triangles can't draw it, it is tried again on coarser grids. */
const coarserBy = 0.7;

/**
 * Inflates the subject into a dense mesh and simplifies it to at most `targetFaceCount` triangles.
 */
export async function shapeMesh(
  subject: Subject,
  params: TrellisGenerateParams,
  report: ReportStage,
): Promise<ShapedMesh> {
  for (let cells = chooseCells(subject.silhouette, params); ; cells = Math.floor(cells * coarserBy)) {
    await report('outline');
    const field = createField(subject.silhouette, cells);
    await report('depth');
    const relief = guessDepth({ ...subject, field, ...depthOptions(params) });
    await report('shell');
    const dense = closeShell(relief);
    await report('simplify');
    const mesh = await simplify(dense, params.targetFaceCount);
    if (mesh.indices.length / 3 <= params.targetFaceCount || cells < 4) return { mesh, field };
  }
}

/** More steps make a smoother inflation and a sharper relief, as they make a real model's shape more exact. */
function depthOptions(params: TrellisGenerateParams) {
  return {
    seed: params.seed,
    sweeps: Math.min(60, 10 + params.sparseStructureSteps),
    detailShare: Math.min(0.02, 0.06 / Math.max(1, params.shapeSteps)),
  };
}

/**
 * Cells along the longest side: as many as give a few times the wanted triangles before simplification, within the
 * mesh's resolution; never so few that the wanted count is out of reach.
 */
function chooseCells({ coverage, bounds }: Silhouette, params: TrellisGenerateParams): number {
  const longest = Math.max(bounds.width, bounds.height);
  const area = coverage.values.reduce((sum, value) => sum + value, 0) / (longest * longest);
  // A cell inside the outline has two triangles in front and two behind.
  const cellsFor = (faces: number) => Math.sqrt(faces / (4 * area));
  const oversampling = 2 + 0.4 * Math.min(20, params.shapeSteps);
  const dense = Math.min(
    params.targetFaceCount * oversampling,
    Math.max(500_000, params.targetFaceCount * 1.5),
  );
  const wanted = Math.max(cellsMin, Math.min(params.meshResolution, cellsFor(dense)));
  const reach = cellsFor(params.targetFaceCount * 1.3);
  const fitting = Math.sqrt(gridCellsMax / ((bounds.width * bounds.height) / (longest * longest)));
  return Math.round(Math.min(cellsMax, fitting, Math.max(wanted, reach)));
}
