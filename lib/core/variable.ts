// Variables: named values of a workspace, in Prefect's shape. Whoever may read may read them: what is secret belongs in a block.

/** A named value, read by templates and flows. */
export interface Variable {
  id: string
  created: string
  updated: string
  name: string
  /** Any JSON; comes back with the type it was given. */
  value: unknown
  tags: string[]
}
