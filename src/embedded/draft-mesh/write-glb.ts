import { Document, NodeIO } from '@gltf-transform/core';
import { draftComment } from '../../media/formats.ts';
import type { Surface } from './surface.ts';

/** One node, one mesh, one dull non-metallic material with the texture (a JPEG). Y is up, the front looks along +Z. */
export async function writeGlb(surface: Surface, texture: Uint8Array): Promise<Uint8Array> {
  const document = new Document();
  const asset = document.getRoot().getAsset();
  asset.generator = 'Killa Tamata draft-mesh';
  asset.copyright = draftComment;
  asset.extras = { draft: true, comment: draftComment };
  const buffer = document.createBuffer();
  const accessor = (
    type: 'SCALAR' | 'VEC2' | 'VEC3',
    array: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
  ) => document.createAccessor().setType(type).setArray(array).setBuffer(buffer);
  const image = document.createTexture('baseColor').setMimeType('image/jpeg').setImage(texture);
  const material = document
    .createMaterial('draft')
    .setBaseColorTexture(image)
    .setMetallicFactor(0)
    .setRoughnessFactor(0.8);
  material.getBaseColorTextureInfo()?.setWrapS(clampToEdge).setWrapT(clampToEdge);
  const fewVertices = surface.positions.length / 3 < 65_535;
  const primitive = document
    .createPrimitive()
    .setAttribute('POSITION', accessor('VEC3', surface.positions))
    .setAttribute('NORMAL', accessor('VEC3', surface.normals))
    .setAttribute('TEXCOORD_0', accessor('VEC2', surface.textureCoordinates))
    .setIndices(accessor('SCALAR', fewVertices ? Uint16Array.from(surface.indices) : surface.indices))
    .setMaterial(material);
  const node = document.createNode('subject').setMesh(document.createMesh('subject').addPrimitive(primitive));
  document.getRoot().setDefaultScene(document.createScene('draft').addChild(node));
  return new NodeIO().writeBinary(document);
}

/** WebGL's `CLAMP_TO_EDGE`. */
const clampToEdge = 33071;
