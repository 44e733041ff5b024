// The workspace that a thing is in: an id and no record, for a workspace is there as soon as something is in it.

/** A workspace's UUID. Every stored thing is in one; the nil UUID is the default. */
export type Workspace = string
/** Prefect's self-hosted server has no workspaces; its clients are in this one. */
export const DEFAULT_WORKSPACE: Workspace = '00000000-0000-0000-0000-000000000000'
