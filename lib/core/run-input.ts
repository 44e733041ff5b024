// Inputs of runs, in Prefect's shape.

/** What somebody tells a run, under a key that is used once. */
export interface RunInput {
  id: string
  created: string
  updated: string
  flow_run_id: string
  key: string
  value: string
  /** `prefect.flow-run.<id>` of the run that sent it. */
  sender: string | null
}
