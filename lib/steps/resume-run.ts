// Resuming a paused run that waits for input: what is given is checked against the schema that the run left when it paused, and kept
// for it to read once it may go on.

import { isObject } from '../core/json-schema.ts'
import type { OrchestrationResult } from '../core/orchestration.ts'
import { checkParameters } from '../core/parameters-schema.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import type { RunInput } from '../core/run-input.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { type Moved, type MoveOptions, moveRun, resumeRun } from './move-run.ts'

type Uses = Pick<Services, 'runs' | 'runInputs' | 'ids'>

/** Null when there is no such run. Input that does not fit is refused, and the run stays paused. */
export const resumeWithInput =
  ({ runs, runInputs, ids }: Uses) =>
  async (
    workspace: Workspace,
    id: string,
    input: Record<string, unknown>,
    options: MoveOptions,
  ): Promise<Moved | null> => {
    const paused = (await runs.get(workspace, id))?.value
    const keys = paused && keysetOf(paused)
    if (keys) {
      const expected = await runInputs.get(workspace, id, keys.schema)
      const reason = whyNot(expected, input)
      if (reason) return { written: false, answer: rejected(paused, reason) }
    }
    const moved = await moveRun({ runs })(workspace, id, (run) => resumeRun(run, options))
    if (keys && moved?.answer.status === 'ACCEPT' && Object.keys(input).length > 0) {
      const now = formatInstant(options.now)
      await runInputs.create(workspace, {
        id: ids.next(),
        created: now,
        updated: now,
        flow_run_id: id,
        key: keys.response,
        value: JSON.stringify(input),
        sender: null,
      })
    }
    return moved
  }

/** Where a run that is paused left its schema, and where it will look for the answer. */
function keysetOf({ state }: FlowRun): { schema: string; response: string } | null {
  const keys = state?.type === 'PAUSED' ? state.state_details.run_input_keyset : null
  if (!isObject(keys)) return null
  return { schema: String(keys.schema), response: String(keys.response) }
}

/** What is wrong with the input, in Prefect's words; null when it fits. */
function whyNot(expected: RunInput | null, input: Record<string, unknown>): string | null {
  if (!expected) return 'Run input schema not found.'
  let schema: unknown
  try {
    schema = JSON.parse(expected.value)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return 'Run input schema is not valid JSON.'
  }
  const wrong = isObject(schema) ? checkParameters(input, schema) : null
  return wrong && `Reason: ${wrong}`
}

const rejected = ({ state }: FlowRun, reason: string): OrchestrationResult => ({
  state,
  status: 'REJECT',
  details: { type: 'reject_details', reason },
})
