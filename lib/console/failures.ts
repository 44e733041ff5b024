// Why a call made no event, in words for people.
import type { DeliveryCause } from '../core/webhook-failure.ts'

export const FAILURE_TITLES: Readonly<Record<DeliveryCause, string>> = {
  VERIFICATION_FAILED: 'Signature was wrong',
  UNPARSABLE_JSON: 'Body is no JSON',
  TEMPLATE_FAILED: 'Template failed',
  INVALID_EVENT: 'Template made no event',
  RESERVED_NAME: 'Name is reserved',
  NAME_NOT_ALLOWED: 'Name is not allowed',
  CAPTURED: 'A good call, captured',
}
