// Explain: what automations made of one event. What is recorded is read: an event that is held, a firing that was told of, an id that a
// bucket took. All else is recomputed, by replaying what came since the automation was made through the evaluator up to the event.
import { toldEventId } from '../core/action.ts'
import type { Automation } from '../core/automation.ts'
import type { Bucket } from '../core/bucket.ts'
import { type CompiledAutomation, compileAutomation } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import {
  decidedFinding,
  type ExplainedFiring,
  type Explanation,
  type Finding,
  heldFinding,
  objection,
  type TriggerExplanation,
  triggerAt,
} from '../core/explain.ts'
import { sentence } from '../core/explain-text.ts'
import type { Services } from '../core/ports.ts'
import { type Replay, replay } from '../core/replay.ts'
import { hasTaken } from '../core/taken.ts'
import { formatInstant, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { replayStored } from './replay-stored.ts'

type Uses = Pick<Services, 'automations' | 'events' | 'triggers' | 'feed' | 'stopwatch'>

/** What is being found out of one automation. */
interface Case {
  automation: Automation
  compiled: CompiledAutomation
  findings: Map<string, { finding: Finding; key: string | null }>
  firings: { id: string; triggered: Micros }[]
  run: Replay | null
}

export function explain(services: Uses) {
  return async (
    workspace: Workspace,
    event: Event,
    automations: readonly Automation[],
  ): Promise<Explanation[]> => {
    const cases = automations.map((automation) => caseOf(automation, event))
    await replayInto(services, workspace, event, cases)
    return Promise.all(cases.map((one) => told(services, workspace, event, one)))
  }
}

/** Objections need no past; the rest has a replay that waits for the event. */
function caseOf(automation: Automation, event: Event): Case {
  const compiled = compileAutomation(automation)
  const findings: Case['findings'] = new Map()
  const firings: Case['firings'] = []
  for (const trigger of compiled.triggers) {
    const finding = objection(automation, trigger, event)
    if (finding) findings.set(trigger.path, { finding, key: null })
  }
  if (findings.size === compiled.triggers.length) {
    return { automation, compiled, findings, firings, run: null }
  }
  const run = replay(compiled, {
    from: parseInstant(automation.created) ?? 0,
    fired: ({ id, firedAt }, cause) => {
      if (cause?.id === event.id) firings.push({ id, triggered: firedAt })
    },
    watch: (decided) => {
      const { arrival } = decided
      if (!('event' in arrival) || arrival.event.id !== event.id) return
      const { path } = arrival.trigger
      const finding = decidedFinding(decided, event, triggerAt(automation.trigger, path))
      findings.set(path, { finding, key: arrival.key })
    },
    held: (held) => {
      if (held.id !== event.id) return
      for (const { path } of compiled.triggers) {
        if (!findings.has(path)) findings.set(path, { finding: heldFinding(event), key: null })
      }
    },
  })
  return { automation, compiled, findings, firings, run }
}

/** Without memory an event stands for itself; for the others all is read that came since the first of the automations was made. */
async function replayInto(
  services: Uses,
  workspace: Workspace,
  event: Event,
  cases: Case[],
): Promise<void> {
  const runs = cases.flatMap(({ run }) => run ?? [])
  const remembering = cases.filter(({ run, compiled }) => run && remembers(compiled))
  for (const { run, compiled } of cases) if (!remembers(compiled)) run?.arrive([event])
  if (remembering.length === 0 || runs.length === 0) return
  const since = remembering.map(({ automation }) => automation.created).sort()[0] ?? ''
  const remembered = remembering.flatMap(({ run }) => run ?? [])
  await replayStored(services, workspace, remembered, { since, until: event.received })
}

const remembers = ({ triggers, composites }: CompiledAutomation): boolean =>
  composites.length > 0 || triggers.some(({ hasMemory }) => hasMemory)

async function told(
  services: Uses,
  workspace: Workspace,
  event: Event,
  { automation, compiled, findings, firings }: Case,
): Promise<Explanation> {
  const seen = await Promise.all(firings.map((firing) => firingTold(services, workspace, firing)))
  const isFiringRecorded = seen.some(({ source }) => source === 'recorded')
  const triggers = await Promise.all(
    compiled.triggers.map(async ({ path }): Promise<TriggerExplanation> => {
      const found = findings.get(path)
      if (!found) return { path, ...UNKNOWN }
      const { finding, key } = found
      const isRecorded =
        (finding.verdict === 'fired' && isFiringRecorded) ||
        (await isOnRecord(services, workspace, event, finding, key))
      const source = isRecorded ? 'recorded' : 'recomputed'
      return { path, verdict: finding.verdict, text: sentence(finding), source, finding }
    }),
  )
  const nearest = triggers.toSorted((a, b) => nearness(b.verdict) - nearness(a.verdict))[0]
  return {
    event_id: event.id,
    automation_id: automation.id,
    automation_name: automation.name,
    verdict: verdictOf(seen, nearest),
    text: textOf(triggers),
    source: seen.length > 0 ? (seen[0]?.source ?? 'recomputed') : (nearest?.source ?? 'recomputed'),
    triggers,
    firings: seen,
  }
}

/** A child that fired and did not complete its composite leaves the automation waiting. */
function verdictOf(
  firings: ExplainedFiring[],
  nearest: TriggerExplanation | undefined,
): Explanation['verdict'] {
  if (firings.length > 0) return 'fired'
  if (nearest?.verdict === 'fired') return 'waiting'
  return nearest?.verdict ?? 'unknown'
}

const UNKNOWN = {
  verdict: 'unknown',
  text: 'Too much came between the making of the automation and this event to read it all again.',
  source: 'recomputed',
  finding: null,
} as const

async function firingTold(
  { events }: Uses,
  workspace: Workspace,
  { id, triggered }: Case['firings'][number],
): Promise<ExplainedFiring> {
  const [asTriggered, asResolved] = await Promise.all(
    (['triggered', 'resolved'] as const).map((state) =>
      events.get(workspace, toldEventId({ id }, state)),
    ),
  )
  const told = asTriggered ?? asResolved ?? null
  return {
    id,
    triggered: told?.occurred ?? formatInstant(triggered),
    source: told ? 'recorded' : 'recomputed',
    told_event_id: told?.id ?? null,
  }
}

/** Whether what is stored bears a finding out: the event is noted to wait, or its bucket has its id. */
async function isOnRecord(
  { events, triggers }: Uses,
  workspace: Workspace,
  event: Event,
  { verdict }: Finding,
  key: string | null,
): Promise<boolean> {
  if (verdict === 'held') return (await events.leader(workspace, event.id))?.isHeld ?? false
  if (key === null || verdict === 'ignored') return false
  const stored = await triggers.bucket(workspace, key)
  return hasTaken((stored?.value as Bucket | undefined)?.taken ?? '', event.id)
}

/** Of several triggers the one that says most: the further an event came, the nearer it was to firing. */
const NEARNESS: readonly TriggerExplanation['verdict'][] = [
  'paused',
  'before-made',
  'unevaluated',
  'name',
  'label',
  'related',
  'unmeasured',
  'ignored',
  'unknown',
  'repeated',
  'late',
  'closed',
  'held',
  'opened',
  'early',
  'counted',
  'waiting',
  'restarted',
  'fired',
]

export const nearness = (verdict: TriggerExplanation['verdict']): number =>
  NEARNESS.indexOf(verdict)

/** The root's sentence, or that of each child which did not refuse the event's name; if all did, of each. */
function textOf(triggers: TriggerExplanation[]): string {
  if (triggers.length === 1) return triggers[0]?.text ?? ''
  const telling = triggers.filter(({ verdict }) => nearness(verdict) >= nearness('label'))
  const shown = telling.length > 0 ? telling : triggers
  return shown.map(({ path, text }) => `Child ${path}: ${text}`).join(' ')
}
