import { isFileName, isJobId } from './folders.ts';
import { createSigner } from './secret.ts';

/** One output of one job, or one file that is kept, as a signed URL names it. */
export interface SignedFile {
  /** Or of what else keeps files: no two ids are the same. */
  jobId: string;
  filename: string;
}

/** `invalid` covers everything that this appliance did not sign. */
export type Verdict = 'ok' | 'expired' | 'invalid';

/** Signs and checks the URLs of output files: whoever holds one may read that file until it expires. */
export interface UrlSigner {
  /**
   * `/files/<jobId>/<filename>?exp=…&sig=…`, without an origin. The same arguments give the same URL.
   * @param file.expiresAt epoch milliseconds; the URL's own precision is a second, rounded up
   */
  sign(file: SignedFile & { expiresAt: number }): string;
  /**
   * Judges a request's parts in constant time.
   * @param exp the query's `exp`, as text or null
   * @param sig the query's `sig`, as text or null
   * @param now epoch milliseconds
   */
  verify(file: SignedFile & { exp: string | null; sig: string | null }, now: number): Verdict;
}

/** HMAC-SHA256 over job, name and expiry, in base64url. @param secret at least 32 bytes */
export function createUrlSigner(secret: Uint8Array): UrlSigner {
  const signer = createSigner({ secret, purpose: 'kt-file-v1' });
  return {
    sign({ jobId, filename, expiresAt }) {
      if (!isJobId(jobId) || !isFileName(filename)) throw new Error(`Can't sign ${jobId}/${filename}`);
      const exp = String(Math.ceil(expiresAt / 1000));
      const sig = signer.sign(jobId, filename, exp);
      return `/files/${jobId}/${encodeURIComponent(filename)}?exp=${exp}&sig=${sig}`;
    },
    verify({ jobId, filename, exp, sig }, now) {
      if (!isJobId(jobId) || !isFileName(filename)) return 'invalid';
      if (exp === null || sig === null || !/^\d{1,12}$/.test(exp)) return 'invalid';
      if (!signer.isSignature(sig, jobId, filename, exp)) return 'invalid';
      return Number(exp) * 1000 > now ? 'ok' : 'expired';
    },
  };
}

/** A file URL taken apart, whatever its origin: what {@link UrlSigner.verify} judges. */
export interface FileUrlParts extends SignedFile {
  exp: string | null;
  sig: string | null;
}

/** Reads `https://any.origin/files/<jobId>/<name>?exp=…&sig=…` or the same without an origin; null when it is no such URL. */
export function parseFileUrl(text: string): FileUrlParts | null {
  const url = URL.parse(text, 'http://localhost');
  const match = /^\/files\/([^/]+)\/([^/]+)$/.exec(url?.pathname ?? '');
  if (!url || match?.[1] === undefined || match[2] === undefined) return null;
  const [jobId, filename] = [match[1], match[2]];
  return { jobId, filename, exp: url.searchParams.get('exp'), sig: url.searchParams.get('sig') };
}
