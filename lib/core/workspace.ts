// The workspace that a thing is in.

/** A workspace's UUID. Every stored thing is in one; the nil UUID is the default. */
export type Workspace = string
export const DEFAULT_WORKSPACE: Workspace = '00000000-0000-0000-0000-000000000000'
