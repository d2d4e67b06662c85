import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { draftComment } from '../../media/formats.ts';
import { sharp } from '../../media/sharp.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { TrellisGenerateParams } from '../../tasks/trellis-generate.ts';
import type { RunContext } from '../serve.ts';
import { layOutAtlas } from './atlas.ts';
import { type Picture, readPicture, resizePicture, toLab } from './picture.ts';
import { renderPreview } from './render-preview.ts';
import { shapeMesh, type Subject } from './shape-mesh.ts';
import { findSilhouette } from './silhouette.ts';
import { type ReportStage, reportTo } from './stages.ts';
import { dressShell, positionEpsilonMax, type Surface } from './surface.ts';
import { bakeTexture, encodeTexture, type Texture } from './texture.ts';
import { findLeaks } from './watertight.ts';
import { writeGlb } from './write-glb.ts';

const previewSide = 512;
const analysedSideMin = 384;
const analysedSideMax = 768;

/** A textured, closed mesh of what one picture shows, `model.glb`, and a still of it, `preview.webp`. */
export async function generateMesh(params: TrellisGenerateParams, context: RunContext): Promise<RunResult> {
  const report = reportTo(context);
  const subject = await readSubject(params, report);
  const { mesh, field } = await shapeMesh(subject, params, report);
  const watertight = findLeaks(mesh).size === 0;
  const atlas = layOutAtlas(subject.silhouette, params.textureSize);
  const texture = await bakeTexture({ ...subject, atlas, sampledSide: params.textureResolution }, report);
  const positionEpsilon = Math.min(positionEpsilonMax, params.postprocessPositionEpsilon);
  await report('normals');
  const surface = dressShell(mesh, {
    field,
    atlas,
    creaseDegrees: params.postprocessNormalCreaseDeg,
    positionEpsilon,
  });
  await report('glb');
  const glb = await writeGlb(surface, await encodeTexture(texture));
  await writeFile(join(context.outputFolder, 'model.glb'), glb);
  await report('preview');
  await writePreview({ surface, texture }, join(context.outputFolder, 'preview.webp'));
  return {
    outputs: [
      { filename: 'model.glb', mimeType: 'model/gltf-binary' },
      { filename: 'preview.webp', mimeType: 'image/webp', width: previewSide, height: previewSide },
    ],
    metadata: {
      draft: true,
      subjectFoundBy: subject.silhouette.basis,
      faces: surface.indices.length / 3,
      vertices: surface.positions.length / 3,
      watertight,
      textureSize: texture.size,
      textureMimeType: 'image/jpeg',
      positionEpsilon,
    },
    measurements: { glbBytes: glb.byteLength },
  };
}

/** The picture, and what was found in it. Subject and colours are looked for in a smaller copy. */
async function readSubject(
  params: TrellisGenerateParams,
  report: ReportStage,
): Promise<Subject & { picture: Picture }> {
  await report('picture');
  const picture = await readPicture(params.sourceImagePath);
  const side = Math.min(analysedSideMax, Math.max(analysedSideMin, params.meshResolution * 0.6));
  const scale = side / Math.max(picture.width, picture.height);
  const small = await resizePicture(picture, {
    width: Math.max(8, Math.round(picture.width * scale)),
    height: Math.max(8, Math.round(picture.height * scale)),
  });
  await report('colours');
  const lab = toLab(small);
  await report('silhouette');
  const silhouette = findSilhouette(
    { picture: small, lab },
    {
      rounds: Math.min(4, Math.ceil(params.sparseStructureSteps / 5)),
      holes: { fillHoles: params.remeshFillHoles, perimeterMax: params.remeshFillHolesMaxPerimeter },
    },
  );
  return { picture, silhouette, lightness: lab.lightness };
}

async function writePreview(drawn: { surface: Surface; texture: Texture }, path: string): Promise<void> {
  const viewpoint = { yawDegrees: -28, pitchDegrees: 14 };
  const rgba = await renderPreview(drawn, { side: previewSide, viewpoint });
  await sharp(rgba, { raw: { width: previewSide, height: previewSide, channels: 4 } })
    .withExif({ IFD0: { ImageDescription: draftComment } })
    .webp({ quality: 88 })
    .toFile(path);
}
