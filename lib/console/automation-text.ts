// Triggers and actions in one line each, as one would say them.
import type { Action } from '../core/action-schema.ts'
import { MICROS_PER_SECOND } from '../core/time.ts'
import type { Trigger } from '../core/trigger.ts'
import { lasting, spoken } from './words.ts'

/** Names said in full; the others are counted. */
const NAMED_MAX = 2

/** "bread.baked 3 times within 1m", "no bread.baked within 2h". */
export function triggerText(trigger: Trigger): string {
  if (trigger.type === 'event') {
    const names = namesOf(trigger.expect)
    const within =
      trigger.within > 0 ? ` within ${lasting(trigger.within * MICROS_PER_SECOND)}` : ''
    const after = trigger.after.length > 0 ? ` after ${namesOf(trigger.after)}` : ''
    if (trigger.posture === 'Proactive') return `No ${names}${within}${after}`
    const times = trigger.threshold > 1 ? ` ${trigger.threshold} times` : ''
    return `${names}${times}${within}${after}`
  }
  if (trigger.type === 'metric') {
    const { name, operator, threshold, range } = trigger.metric
    return `${spoken(name)} ${operator} ${threshold} over ${lasting(range * MICROS_PER_SECOND)}`
  }
  const parts = trigger.triggers.map(triggerText)
  if (trigger.type === 'sequence') return parts.join(', then ')
  return parts.join(trigger.require === 'any' ? ' or ' : ' and ')
}

function namesOf(names: string[]): string {
  if (names.length === 0) return 'any event'
  const said = names.slice(0, NAMED_MAX).join(' or ')
  return names.length > NAMED_MAX ? `${said} or ${names.length - NAMED_MAX} more` : said
}

/** "Run bake-bread after 30m". `names` are those of deployments by id. */
export function actionText(action: Action, names: ReadonlyMap<string, string>): string {
  if (action.type !== 'run-deployment') return spoken(action.type)
  const name = names.get(action.deployment_id ?? '') ?? 'the deployment'
  const { schedule_after: after } = action
  return `Run ${name}${after > 0 ? ` after ${lasting(after * MICROS_PER_SECOND)}` : ''}`
}
