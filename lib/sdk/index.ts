// What `import { … } from "tripline"` gives.

export type { Automation } from '../core/automation.ts'
export type { Deployment, Flow as StoredFlow } from '../core/deployment.ts'
export { Refusal } from '../core/errors.ts'
export type { Event } from '../core/event.ts'
export type { FlowRun, State, StateType } from '../core/run.ts'
export type { TaskRun } from '../core/task-run.ts'
export type { Webhook } from '../core/webhook-definition.ts'
export { TimedOut } from './call.ts'
export type { Client } from './client.ts'
export { flowRun, getRunLogger, runSignal } from './context.ts'
export type { DeployOptions } from './deploy.ts'
export type { Duration } from './duration.ts'
export type { Hook } from './engine.ts'
export { type EmittedEvent, emitEvent, type NewEvent } from './events.ts'
export { type Flow, type FlowOptions, flow } from './flow.ts'
export { RunCancelled, RunLost } from './hold.ts'
export type { HookState } from './hooks.ts'
export { ApiError, UnreachableError } from './http.ts'
export { type HonoOptions, type LaunchAnswer, toHono, toLambda } from './launch-handlers.ts'
export { crashHere, runHere } from './launched.ts'
export type { RunLogger } from './logs.ts'
export type { DeploymentOptions, ServedDeployment, ServeOptions } from './register.ts'
export { fileResults, type ResultStorage, s3Results } from './results.ts'
export { exponentialBackoff, type RetryOptions } from './retry.ts'
export { connect, flush } from './runtime.ts'
export type { Schedule } from './schedule.ts'
export { type Serving, serve } from './serve.ts'
export { type SubscribeOptions, subscribe } from './subscribe.ts'
export { type Task, task } from './task.ts'
export type { TaskHook, TaskOptions } from './task-definition.ts'
export {
  type AutomationBody,
  DeploymentCompoundTrigger,
  DeploymentEventTrigger,
  DeploymentMetricTrigger,
  DeploymentSequenceTrigger,
  DeploymentTrigger,
  type DeploymentTriggerDefinition,
  type TriggerMatch,
} from './triggers.ts'
export type { EventPage, Filter, NewFlowRun, NewSchedule, ProposedState } from './wire.ts'
