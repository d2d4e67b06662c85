/** What a runner of `trellis.generate` is sent. */
export interface TrellisGenerateParams {
  sourceImagePath: string;
  seed: number;
  qualityPreset: 'fast' | 'balanced' | 'high';
  /** Upper bound of the mesh's triangles. */
  targetFaceCount: number;
  /** Side of the baked texture in pixels. */
  textureSize: number;
  /** Resolution the texture is sampled at by the model. */
  textureResolution: number;
  maxViews: number;
  sparseStructureSteps: number;
  shapeSteps: number;
  textureSteps: number;
  meshResolution: number;
  remeshFillHoles: boolean;
  remeshFillHolesMaxPerimeter: number;
  /** Degrees, whatever the name of the reference's field says. */
  meshClusterConeHalfAngleRad: number;
  postprocessPositionEpsilon: number;
  postprocessNormalCreaseDeg: number;
}
