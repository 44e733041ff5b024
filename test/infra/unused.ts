// What roles allow and no test through the bundles makes happen, each with the way in the code that needs it.
import type { FunctionName } from '../../infra/functions.ts'

/** An event above the claim check of store/pack.ts. */
const LARGE = 'events hold the parameters of runs, which may be large: steps/accept.ts'

/** By function: `service:Action on thing`, and why. */
export const UNUSED: Partial<Record<FunctionName, Record<string, string>>> = {
  socket: { 'dynamodb:PutItem on events': 'a key that was revoked is shown: steps/key-audit.ts' },
  publish: {
    'dynamodb:GetItem on objects': 'a task run that was known before: steps/follow-task-runs.ts',
  },
  announce: { 's3:PutObject on bodies': LARGE },
  wake: {
    'dynamodb:GetItem on events': 'a delivery is tried again: steps/deliver.ts',
    'dynamodb:Query on objects/owner':
      'a subflow’s run loses its holder, and its task run with it: steps/lease.ts',
    's3:GetObject on bodies': 'a delivery is tried again whose end was told: steps/deliver.ts',
    's3:PutObject on bodies': LARGE,
  },
}
