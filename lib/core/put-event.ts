// What a put-event action puts onto an EventBridge bus: its entry, rendered. Limits are those of AWS's PutEvents, told here so that
// an entry too large fails once and with a reason, and not at every attempt.
import type { Action } from './action-schema.ts'
import { writeJson } from './json.ts'
import type { BusEntry } from './outgoing.ts'
import { TemplateError } from './template/errors.ts'
import { ParameterError, renderParameters, renderText } from './template/parameters.ts'
import type { Stopwatch } from './time.ts'

/** Bytes of an entry, as EventBridge counts them. */
const ENTRY_BYTES_MAX = 256 * 1024

/** Characters of a detail type. */
const DETAIL_TYPE_LENGTH_MAX = 128

/** The entry of an action, or why it has none. */
export function renderEntry(
  { event_bus: bus, source, detail_type, detail }: Extract<Action, { type: 'put-event' }>,
  context: object,
  { variables, now }: { variables: Record<string, unknown>; now: Stopwatch },
): { entry: BusEntry } | { reason: string } {
  try {
    const values = renderParameters(detail, context, { variables, now })
    const detailType = renderText(detail_type, context, { now })
    const entry = { bus, source, detailType, detail: writeJson(values).text }
    const fault = faultOf(entry)
    return fault === null ? { entry } : failed(fault)
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ParameterError)) throw error
    return failed(error.message)
  }
}

const failed = (fault: string) => ({ reason: `Unable to put an event: ${fault}` })

function faultOf({ source, detailType, detail }: BusEntry): string | null {
  if (!detail.startsWith('{')) return 'its detail is no object'
  const { length } = detailType
  if (length === 0 || length > DETAIL_TYPE_LENGTH_MAX) {
    return `its detail type has from 1 to ${DETAIL_TYPE_LENGTH_MAX} characters, not ${length}`
  }
  const bytes = [source, detailType, detail].reduce((sum, one) => sum + Buffer.byteLength(one), 0)
  return bytes <= ENTRY_BYTES_MAX ? null : `it has ${bytes} bytes, at most ${ENTRY_BYTES_MAX}`
}
