/** The part of Khronos' validator that the tests use; the package has no types of its own. */
declare module 'gltf-validator' {
  export function validateBytes(bytes: Uint8Array): Promise<{
    issues: {
      numErrors: number;
      numWarnings: number;
      messages: { code: string; message: string; pointer?: string }[];
    };
    info: {
      totalTriangleCount: number;
      resources: { mimeType?: string; image?: { width: number; height: number } }[];
    };
  }>;
}
