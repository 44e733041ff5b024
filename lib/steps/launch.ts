// Launching: a run of a push pool that is due is handed to whoever will run it. The run is Pending before the first attempt, and held
// by the launch; what nobody takes is tried again, and crashes with the reason when that is in vain.
import { callOfBlock } from '../core/block-call.ts'
import type { Deployment } from '../core/deployment.ts'
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import {
  isPushPool,
  type Launch,
  type LaunchMessage,
  type LaunchTarget,
  launching,
  launchOf,
  targetOf,
  waitAfter,
} from '../core/launch.ts'
import { proposeState } from '../core/orchestration.ts'
import type { HandedOver } from '../core/outgoing.ts'
import type { Services, Stored } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import type { ProposedState } from '../core/run-state.ts'
import { webhookHeaders } from '../core/standard-webhook.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { returnUnused, secureSlot } from './slots.ts'

export type LaunchUses = Pick<
  Services,
  | 'runs'
  | 'flows'
  | 'deployments'
  | 'workPools'
  | 'blocks'
  | 'secrets'
  | 'outbound'
  | 'eventBuses'
  | 'lambdas'
  | 'limits'
  | 'clock'
>

/** How often a paused pool or deployment is looked at again. */
const PAUSED_SECONDS = 60

/** Launches a run, if it is due; answers when to look again, or null. */
export function launch(services: LaunchUses) {
  const { runs, deployments, workPools, clock } = services
  const soon = (seconds: number): Micros => clock.now() + Math.round(seconds * MICROS_PER_SECOND)

  /** The run in another state; null when it may not enter it, has to wait for a slot, or was moved by somebody else. */
  async function move(
    workspace: Workspace,
    was: Stored<FlowRun>,
    to: ProposedState,
  ): Promise<Stored<FlowRun> | null> {
    const slot = await secureSlot(services, workspace, was.value.id, to.type)
    const newStateId = uuidv5(`${was.value.state?.id}/launch`, NAMESPACE.state)
    const options = { force: false, now: clock.now(), newStateId, slot }
    const { run } = proposeState(was.value, to, options)
    const isMoved = run !== null && (await runs.replace(workspace, run, was))
    // Whoever was faster may have the very slot: two who launch one run ask for it by one lease.
    const left = isMoved ? run : (await runs.get(workspace, was.value.id))?.value
    await returnUnused(services, workspace, slot, left?.state)
    if (!isMoved || run.state?.type !== to.type) return null
    return { value: run, version: was.version + 1 }
  }

  async function conclude(
    workspace: Workspace,
    was: Stored<FlowRun>,
    { id, failures }: Launch,
    answer: HandedOver,
  ): Promise<Micros | null> {
    if (answer.kind === 'taken') return null
    const failed = { id, failures: failures + 1 }
    const wait = answer.kind === 'refused' ? null : waitAfter(failed.failures)
    if (wait !== null) {
      return (await move(workspace, was, launching(failed, answer.reason))) ? soon(wait) : null
    }
    const message = `It could not be launched: ${answer.reason}`
    await move(workspace, was, {
      type: 'CRASHED',
      message,
      state_details: { lease_holder: id },
    })
    return null
  }

  return async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const was = await runs.get(workspace, id)
    const begun = was?.value.state && launchOf(was.value.state)
    if (!was || !begun) return null
    const { deployment_id, work_pool_name: poolName } = was.value
    const dueAt = parseInstant(was.value.next_scheduled_start_time ?? '') ?? 0
    if (dueAt > clock.now()) return dueAt
    const pool = poolName === null ? null : (await workPools.get(workspace, poolName))?.value
    if (!pool || !isPushPool(pool.type)) return null
    const deployment = (await deployments.get(workspace, deployment_id ?? ''))?.value ?? null
    if (pool.is_paused || deployment?.paused) return soon(PAUSED_SECONDS)

    const isNew = was.value.state?.type === 'SCHEDULED'
    const run = isNew ? await move(workspace, was, launching(begun, null)) : was
    if (!run) return null
    const target = targetOf(pool, deployment, run.value)
    const answer: HandedOver =
      'fault' in target
        ? { kind: 'refused', reason: target.fault }
        : await handOver(target, await messageOf(workspace, run.value, begun, deployment))
    return conclude(workspace, run, begun, answer)

    async function handOver(to: LaunchTarget, message: LaunchMessage): Promise<HandedOver> {
      const body = JSON.stringify(message)
      if (to.kind === 'lambda') return services.lambdas.invoke(to.functionName, body)
      if (to.kind === 'http') return post(services, workspace, to.blockDocumentId, message)
      return services.eventBuses.put({ ...to, detail: body })
    }
  }

  async function messageOf(
    workspace: Workspace,
    run: FlowRun,
    { id: launch_id }: Launch,
    deployment: Deployment | null,
  ): Promise<LaunchMessage> {
    const flow = (await services.flows.get(workspace, run.flow_id))?.value
    return {
      type: 'tripline.launch',
      flow_run_id: run.id,
      launch_id,
      flow: flow?.name ?? '',
      deployment: deployment?.name ?? '',
    }
  }
}

/** A call of a webhook block, signed with its secret by Standard Webhooks: the launch is the message's id, however often it is sent. */
async function post(
  { blocks, secrets, outbound, clock }: LaunchUses,
  workspace: Workspace,
  blockDocumentId: string,
  message: LaunchMessage,
): Promise<HandedOver> {
  const document = (await blocks.get(workspace, blockDocumentId))?.value
  if (!document) return { kind: 'refused', reason: `there is no block ${blockDocumentId}` }
  const data = JSON.parse(await secrets.open(document.sealed, document.id))
  const payload = JSON.stringify(message)
  const call = callOfBlock(document.block_type_id, data, { payload })
  if ('fault' in call) return { kind: 'refused', reason: call.fault }
  if (!('request' in call)) return { kind: 'refused', reason: 'the block is no webhook' }
  const signed = { id: message.launch_id, body: payload, sentAt: clock.now() }
  const headers = { ...call.request.headers, ...webhookHeaders(signed, call.signingSecret) }
  const answered = await outbound.send({ ...call.request, headers })
  if (answered.kind !== 'answered') return answered
  const { status } = answered
  return status < 300
    ? { kind: 'taken', details: {} }
    : { kind: 'failed', reason: `it answered ${status}` }
}
