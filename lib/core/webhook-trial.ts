// A call tried out: what events it would make, or why it makes none, and where in the template that is. Nothing is stored.
import type { EventDraft } from './event.ts'
import { TemplateError } from './template/errors.ts'
import { type CallOptions, eventsOfCall } from './webhook.ts'
import type { HookCall } from './webhook-context.ts'
import type { Webhook } from './webhook-definition.ts'
import { CallRefusal, type FailureCause } from './webhook-failure.ts'

/** Why there is no event, for the one who writes the template. */
export interface TrialError {
  cause: FailureCause
  message: string
  /** From one; null when it is not the template that is wrong. */
  line: number | null
  column: number | null
  /** The filter, tag or budget that failed, where it has a name. */
  construct: string | null
}

/** Events, or errors, and never both. */
export interface Trial {
  events: EventDraft[]
  errors: TrialError[]
}

/** What the webhook would make of the call, by the code that receives in earnest. */
export function tryCall(webhook: Webhook, call: HookCall, options: CallOptions): Trial {
  try {
    return { events: eventsOfCall(webhook, call, options), errors: [] }
  } catch (error) {
    if (!(error instanceof CallRefusal)) throw error
    return { events: [], errors: [trialError(error)] }
  }
}

function trialError({ failure, message, cause }: CallRefusal): TrialError {
  const fault = cause instanceof TemplateError ? cause : null
  return {
    cause: failure,
    message,
    line: fault?.line || null,
    column: fault?.column || null,
    construct: fault?.construct || null,
  }
}
