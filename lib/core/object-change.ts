// Changes of stored objects, as the stream has them: both sides whole, for what changed is found by comparing them.
import type { Workspace } from './workspace.ts'

/** A change of an object that is announced: created without `before`, deleted without `after`. */
export interface ObjectChange {
  workspace: Workspace
  /** One of ANNOUNCED_KINDS. */
  kind: string
  before: unknown
  after: unknown
  /** It was there before, under another name: a rename takes it away there and puts it here. */
  isMoved?: true
}
