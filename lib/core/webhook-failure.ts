// Why a call of a webhook made no event. Causes are words that owners filter by; messages are for reading.
import { Refusal } from './errors.ts'

/** In the words of Hookdeck where it has one. */
export const FAILURE_CAUSES = [
  /** The signature is missing, wrong, or too old. Kept only where the webhook says so. */
  'VERIFICATION_FAILED',
  'UNPARSABLE_JSON',
  /** The template stopped with an error, or what it made is no JSON. */
  'TEMPLATE_FAILED',
  /** What the template made is no event, or too many. */
  'INVALID_EVENT',
  /** The request named an event or a resource of Prefect's own. */
  'RESERVED_NAME',
  /** A name or a resource that the webhook does not allow. */
  'NAME_NOT_ALLOWED',
] as const
export type FailureCause = (typeof FAILURE_CAUSES)[number]

/** Why a call is kept: it failed, or its webhook was told to keep good ones for a while. */
export const DELIVERY_CAUSES = [...FAILURE_CAUSES, 'CAPTURED'] as const
export type DeliveryCause = (typeof DELIVERY_CAUSES)[number]

/** Characters of what a template made that are kept where it was no event. */
const RENDERED_LENGTH_MAX = 16_384

/** Refuses a call, and says why. The caller learns the status alone. */
export class CallRefusal extends Refusal {
  readonly failure: FailureCause
  /** What the template made, where it got so far; at most RENDERED_LENGTH_MAX characters. */
  rendered: string | null = null

  constructor(failure: FailureCause, message: string, options: { cause?: unknown } = {}) {
    super(failure === 'VERIFICATION_FAILED' ? 401 : 400, message, options)
    this.failure = failure
  }

  /** Say what the template had made, unless that is known already. */
  with(rendered: string): this {
    this.rendered ??= rendered.slice(0, RENDERED_LENGTH_MAX)
    return this
  }
}
