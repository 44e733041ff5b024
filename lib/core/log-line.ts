// A line of a run's log, in Prefect's shape.

/** `level` is Python's: 20 is INFO. */
export interface LogLine {
  id: string
  created: string
  updated: string
  name: string
  level: number
  message: string
  timestamp: string
  flow_run_id: string | null
  task_run_id: string | null
}
