// The shapes of answers against the types of what is answered, both ways: whoever changes one and not the other hears it from `tsc`.
// Nothing here runs.
import { expectTypeOf } from 'vitest'
import type { z } from 'zod'
import type { AccountWorkspace } from '../../lib/core/account-workspace.ts'
import type { keyAnswer } from '../../lib/core/api-key.ts'
import type { Artifact } from '../../lib/core/artifact.ts'
import type { ConcurrencyLimit } from '../../lib/core/concurrency-limit.ts'
import type { Event, EventDraft } from '../../lib/core/event.ts'
import type { Explanation } from '../../lib/core/explain.ts'
import type { RunExplanation } from '../../lib/core/explain-run.ts'
import type { AutomationExplanation } from '../../lib/core/explain-waits.ts'
import type { Fates } from '../../lib/core/fates.ts'
import type { LogLine } from '../../lib/core/log-line.ts'
import type { Warning } from '../../lib/core/never.ts'
import type { Quotas } from '../../lib/core/quota.ts'
import type { Variable } from '../../lib/core/variable.ts'
import type { DeadLetters, ShownLetter } from '../../lib/core/vitals.ts'
import type { shownWebhook } from '../../lib/core/webhook-definition.ts'
import type { WebhookDelivery } from '../../lib/core/webhook-delivery.ts'
import type {
  deploymentAnswer,
  limitAnswer,
  runAnswer,
  workerAnswer,
  workPoolAnswer,
  workQueueAnswer,
} from '../../lib/http/answers.ts'
import type * as deployments from '../../lib/http/shapes/deployments.ts'
import type * as events from '../../lib/http/shapes/events.ts'
import type * as explanations from '../../lib/http/shapes/explanations.ts'
import type * as health from '../../lib/http/shapes/health.ts'
import type * as keys from '../../lib/http/shapes/keys.ts'
import type * as limits from '../../lib/http/shapes/limits.ts'
import type * as objects from '../../lib/http/shapes/objects.ts'
import type * as runs from '../../lib/http/shapes/runs.ts'
import type * as webhooks from '../../lib/http/shapes/webhooks.ts'
import type { OpenBucket } from '../../lib/steps/automation-activity.ts'
import type { Chain } from '../../lib/steps/chain.ts'
import type { HealthReport } from '../../lib/steps/health.ts'
import type { Heard } from '../../lib/steps/lease.ts'
import type { NearMiss } from '../../lib/steps/near-misses.ts'
import type { Release, Rendered } from '../../lib/steps/webhook-deliveries.ts'
import type { WebhookTrial } from '../../lib/steps/webhook-trial.ts'

/** A type written out: `A & B` and interfaces as the plain object that they come to, all the way down. */
type Plain<T> = T extends object ? { [K in keyof T]: Plain<T[K]> } : T

/** What a shape says of an answer. */
type Said<S extends z.ZodType> = Plain<z.output<S>>

expectTypeOf<Said<typeof events.event>>().toEqualTypeOf<Plain<Event>>()
expectTypeOf<Said<typeof events.eventDraft>>().toEqualTypeOf<Plain<EventDraft>>()
expectTypeOf<Said<typeof events.chain>['events']>().toEqualTypeOf<Plain<Chain['events']>>()

expectTypeOf<Said<typeof explanations.explanation>>().toEqualTypeOf<Plain<Explanation>>()
expectTypeOf<Said<typeof explanations.nearMiss>>().toEqualTypeOf<Plain<NearMiss>>()
expectTypeOf<Said<typeof explanations.fates>>().toEqualTypeOf<Plain<Fates>>()
expectTypeOf<Said<typeof explanations.waits>>().toEqualTypeOf<Plain<AutomationExplanation>>()
expectTypeOf<Said<typeof explanations.openBucket>>().toEqualTypeOf<Plain<OpenBucket>>()
expectTypeOf<Said<typeof explanations.runExplanation>>().toEqualTypeOf<Plain<RunExplanation>>()
expectTypeOf<Said<typeof explanations.warnings>['warnings']>().toEqualTypeOf<Plain<Warning[]>>()

/** A union of objects as one object, which has each union in its place. */
type Joined<T> = Plain<Pick<T, keyof T>>

expectTypeOf<Said<typeof webhooks.webhook>>().toEqualTypeOf<
  Joined<ReturnType<typeof shownWebhook>>
>()
expectTypeOf<Said<typeof webhooks.delivery>>().toEqualTypeOf<Plain<WebhookDelivery>>()
expectTypeOf<Said<typeof webhooks.trial>>().toEqualTypeOf<Plain<WebhookTrial>>()
expectTypeOf<Said<typeof webhooks.rendered>>().toEqualTypeOf<Plain<Rendered>>()
expectTypeOf<Said<typeof webhooks.releases>['released' | 'failed'][number]>().toEqualTypeOf<
  Plain<Release>
>()

expectTypeOf<Said<typeof keys.key>>().toEqualTypeOf<Plain<ReturnType<typeof keyAnswer>>>()
expectTypeOf<keyof Said<typeof keys.newKey>>().toEqualTypeOf<
  keyof ReturnType<typeof keyAnswer> | 'key'
>()

expectTypeOf<Said<typeof limits.limit>>().toEqualTypeOf<Plain<ReturnType<typeof limitAnswer>>>()
expectTypeOf<Said<typeof limits.newLimit>>().toEqualTypeOf<
  Plain<Omit<ConcurrencyLimit, 'leases'>>
>()
expectTypeOf<keyof Said<typeof limits.quotas>>().toEqualTypeOf<keyof Quotas>()

expectTypeOf<Said<typeof health.report>>().toEqualTypeOf<Plain<HealthReport>>()
expectTypeOf<Said<typeof health.letter>>().toEqualTypeOf<Plain<ShownLetter>>()
expectTypeOf<Said<typeof health.letterWithRecord> | null>().toEqualTypeOf<
  Plain<Awaited<ReturnType<DeadLetters['get']>>>
>()
expectTypeOf<Said<typeof health.retried>>().toEqualTypeOf<
  Plain<Awaited<ReturnType<DeadLetters['retry']>>>
>()

expectTypeOf<keyof Said<typeof runs.heartbeat>>().toEqualTypeOf<keyof Heard>()
expectTypeOf<keyof Said<typeof runs.flowRun>>().toEqualTypeOf<keyof ReturnType<typeof runAnswer>>()
expectTypeOf<Said<typeof runs.artifact>>().toEqualTypeOf<Plain<Artifact>>()
expectTypeOf<Said<typeof runs.logLine>>().toEqualTypeOf<Plain<LogLine>>()
expectTypeOf<Said<typeof objects.accountWorkspace>>().toEqualTypeOf<Plain<AccountWorkspace>>()
expectTypeOf<Said<typeof objects.variable>>().toEqualTypeOf<Plain<Variable>>()
expectTypeOf<keyof Said<typeof deployments.deployment>>().toEqualTypeOf<
  keyof ReturnType<typeof deploymentAnswer>
>()
expectTypeOf<Said<typeof deployments.workPool>>().toEqualTypeOf<
  Plain<ReturnType<typeof workPoolAnswer>>
>()
expectTypeOf<Said<typeof deployments.workQueue>>().toEqualTypeOf<
  Plain<ReturnType<typeof workQueueAnswer>>
>()
expectTypeOf<Said<typeof deployments.worker>>().toEqualTypeOf<
  Plain<ReturnType<typeof workerAnswer>>
>()
