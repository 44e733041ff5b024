// The version of Prefect's REST API, which its client names with every request.
import { Refusal } from '../core/errors.ts'

/** What we speak. */
export const API_VERSION = '0.8.4'

/** The oldest we understand: what Prefect's server of the same version takes. */
const API_VERSION_MIN = '0.8.0'

/** @throws Refusal 400 for a client that is too old; other callers need not name a version */
export function requireApiVersion(named: string | undefined): void {
  if (named === undefined || partsOf(named) >= partsOf(API_VERSION_MIN)) return
  throw new Refusal(
    400,
    `The request specified API version ${named} but this server requires version ${API_VERSION_MIN} or higher.`,
  )
}

/** Versions as text that sorts. */
const partsOf = (version: string): string =>
  version
    .split('.')
    .map((part) => part.padStart(6, '0'))
    .join('.')
