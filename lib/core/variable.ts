// Variables: named values of a workspace.

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
