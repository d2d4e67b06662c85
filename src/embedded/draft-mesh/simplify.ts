import { MeshoptSimplifier } from 'meshoptimizer/simplifier';
import type { Mesh } from './shell.ts';
import { splitPinches } from './split-pinches.ts';

/**
 * Collapses edges, those that change the shape least first, until at most `facesMax` triangles are left or no
 * collapse is possible. A closed mesh stays closed.
 */
export async function simplify(mesh: Mesh, facesMax: number): Promise<Mesh> {
  if (mesh.indices.length <= facesMax * 3) return mesh;
  await MeshoptSimplifier.ready;
  // The face count is the limit, not the error: 1 is the size of the whole mesh.
  const errorMax = 1;
  const [indices] = MeshoptSimplifier.simplify(mesh.indices, mesh.positions, 3, facesMax * 3, errorMax);
  return splitPinches(compacted({ positions: mesh.positions, indices }));
}

/** Without the vertices that no triangle uses. */
function compacted({ positions, indices }: Mesh): Mesh {
  const [numbers, vertices] = MeshoptSimplifier.compactMesh(indices);
  const used = new Float32Array(vertices * 3);
  numbers.forEach((number, vertex) => {
    if (number >= vertices) return;
    for (let axis = 0; axis < 3; axis++) used[number * 3 + axis] = positions[vertex * 3 + axis]!;
  });
  return { positions: used, indices };
}
