// Workspaces of an account, as Prefect Cloud names them. The data of a workspace needs no such record: whoever names an id has one.
import { z } from 'zod'
import { uuidv5 } from './ids.ts'
import { boolean, uuid } from './schema.ts'

/** Prefect Cloud's Workspace, with the fields that its Terraform provider reads. */
export interface AccountWorkspace {
  id: string
  created: string
  updated: string
  account_id: string
  name: string
  /** Never null: Prefect's Terraform provider fails on null. */
  description: string
  /** The name in URLs; one workspace of an account has it. */
  handle: string
  default_workspace_role_id: string
  is_public: boolean
}

/** Characters of names and handles, as Prefect's names elsewhere. */
const NAME_LENGTH_MAX = 255
const name = z.string().min(1).max(NAME_LENGTH_MAX)
const handle = name.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by dashes')

/** The body of POST /accounts/{account}/workspaces/. Other fields of Prefect Cloud's are ignored. */
export const workspaceCreateSchema = z.object({
  name,
  handle,
  description: z.string().nullish(),
  is_public: boolean.default(false),
  default_workspace_role_id: uuid.nullish(),
})

/** The body of PATCH: what is left out stays, a description of null is emptied. */
export const workspaceUpdateSchema = z.object({
  name: name.optional(),
  handle: handle.optional(),
  description: z.string().nullish(),
  is_public: boolean.optional(),
  default_workspace_role_id: uuid.nullish(),
})

const ROLES = 'a9a6cf1c-9f4b-4a53-a6ae-2a0b8d0d0c11'

export function newWorkspace(
  sent: z.output<typeof workspaceCreateSchema>,
  { id, account, now }: { id: string; account: string; now: string },
): AccountWorkspace {
  return {
    id,
    created: now,
    updated: now,
    account_id: account,
    name: sent.name,
    description: sent.description ?? '',
    handle: sent.handle,
    default_workspace_role_id: sent.default_workspace_role_id ?? uuidv5(account, ROLES),
    is_public: sent.is_public,
  }
}

export const changeWorkspace = (
  was: AccountWorkspace,
  sent: z.output<typeof workspaceUpdateSchema>,
  now: string,
): AccountWorkspace => ({
  ...was,
  name: sent.name ?? was.name,
  handle: sent.handle ?? was.handle,
  description: sent.description === undefined ? was.description : (sent.description ?? ''),
  is_public: sent.is_public ?? was.is_public,
  default_workspace_role_id: sent.default_workspace_role_id ?? was.default_workspace_role_id,
  updated: now,
})
