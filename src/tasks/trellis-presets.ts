/** The knobs of trellis.generate, which a preset turns all at once. */
export interface TrellisKnobs {
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
  /** In units of the model's size, which is 1. */
  remeshFillHolesMaxPerimeter: number;
  /** Degrees, whatever the name of the reference's field says. */
  meshClusterConeHalfAngleRad: number;
  /** Vertices nearer than this, in units of the model's size, become one. */
  postprocessPositionEpsilon: number;
  /** Edges sharper than this stay hard. Degrees. */
  postprocessNormalCreaseDeg: number;
}

const cleanUp = {
  remeshFillHoles: true,
  remeshFillHolesMaxPerimeter: 0.05,
  meshClusterConeHalfAngleRad: 55,
  postprocessPositionEpsilon: 0.0001,
  postprocessNormalCreaseDeg: 45,
};

/** `balanced` is the example of the reference; the others lie to either side of it. */
export const presets: Record<'fast' | 'balanced' | 'high', TrellisKnobs> = {
  fast: {
    ...{ targetFaceCount: 8000, textureSize: 1024, textureResolution: 512, maxViews: 2 },
    ...{ sparseStructureSteps: 6, shapeSteps: 6, textureSteps: 6, meshResolution: 512 },
    ...cleanUp,
  },
  balanced: {
    ...{ targetFaceCount: 20_000, textureSize: 1024, textureResolution: 512, maxViews: 4 },
    ...{ sparseStructureSteps: 10, shapeSteps: 10, textureSteps: 10, meshResolution: 1024 },
    ...cleanUp,
  },
  high: {
    ...{ targetFaceCount: 60_000, textureSize: 2048, textureResolution: 1024, maxViews: 4 },
    ...{ sparseStructureSteps: 16, shapeSteps: 16, textureSteps: 16, meshResolution: 1536 },
    ...cleanUp,
  },
};
