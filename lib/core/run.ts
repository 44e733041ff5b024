// Flow runs and their states, in the shapes of Prefect's client (FlowRunResponse, State). The rules of moving from one state
// to another are in orchestration.ts.

/** Prefect's state types, which its clients know by these names. */
export const STATE_TYPES = [
  'SCHEDULED',
  'PENDING',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'CRASHED',
  'PAUSED',
  'CANCELLING',
] as const

export type StateType = (typeof STATE_TYPES)[number]

const TERMINAL: readonly StateType[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED']

/** Whether a run in this state is over. */
export const isTerminal = (type: StateType): boolean => TERMINAL.includes(type)

/** Prefect's StateDetails; the rules read those named here, the rest is kept as sent. */
export type StateDetails = Record<string, unknown> & {
  scheduled_time?: string | null | undefined
  transition_id?: string | null | undefined
  pause_key?: string | null | undefined
  pause_reschedule?: boolean | undefined
  pause_timeout?: string | null | undefined
  /** Ours (lease.ts): who is at work, for how many seconds he may be silent, and who handed the run to him. */
  lease_holder?: string | null | undefined
  lease_seconds?: number | null | undefined
  lease_was?: string | null | undefined
}

/** A state as kept and as sent. `data` is the client's own and returned unchanged. */
export interface State {
  id: string
  type: StateType
  name: string
  timestamp: string
  message: string | null
  data: unknown
  state_details: StateDetails
}

/**
 * How a run is retried and paused (Prefect's FlowRunPolicy). `retries` and `retry_delay`, in seconds, are read by the rules;
 * `max_retries` and `retry_delay_seconds` are their names in older clients, kept as sent.
 */
export interface FlowRunPolicy {
  max_retries: number
  retry_delay_seconds: number
  retries: number | null
  retry_delay: number | null
  /** Pauses that have been entered: each is entered once. */
  pause_keys: string[]
  /** Set while a paused run starts again, which is not counted as another run. */
  resuming: boolean
  retry_type: 'in_process' | 'reschedule' | null
}

/** The policy of a run nobody wrote one for. */
export const NO_POLICY: FlowRunPolicy = {
  max_retries: 0,
  retry_delay_seconds: 0,
  retries: null,
  retry_delay: null,
  pause_keys: [],
  resuming: false,
  retry_type: null,
}

/** Who asked for a run: for one made by an automation, that automation. */
export interface Creator {
  id: string | null
  type: string | null
  display_value: string | null
}

/** A flow run as stored. What an answer adds (`state_type`, `estimated_run_time` …) is made in http/answers.ts. */
export interface FlowRun {
  id: string
  created: string
  updated: string
  name: string
  flow_id: string
  deployment_id: string | null
  deployment_version: string | null
  work_pool_id: string | null
  work_pool_name: string | null
  work_queue_id: string | null
  work_queue_name: string | null
  flow_version: string | null
  parameters: Record<string, unknown>
  idempotency_key: string | null
  context: Record<string, unknown>
  empirical_policy: FlowRunPolicy
  tags: string[]
  labels: Record<string, unknown>
  parent_task_run_id: string | null
  run_count: number
  expected_start_time: string | null
  /** Set while the run waits in a SCHEDULED state; pollers find it by this. */
  next_scheduled_start_time: string | null
  start_time: string | null
  end_time: string | null
  /** Seconds spent in RUNNING states that are over. */
  total_run_time: number
  auto_scheduled: boolean
  infrastructure_document_id: string | null
  infrastructure_pid: string | null
  created_by: Creator | null
  job_variables: Record<string, unknown> | null
  state: State | null
  /** The state before, for the event that announces a move: `follows` its id, `initial_state` its type and name. */
  previous_state: Pick<State, 'id' | 'type' | 'name' | 'message'> | null
}
