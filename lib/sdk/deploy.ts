// flow.deploy(): a deployment whose runs a work pool executes: a worker that asks for them, or, of a push pool, what the server
// launches. An image is built and pushed by the docker command of this machine, as Prefect's client does it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { relative, sep } from 'node:path'
import { isLoadedOnly } from './child.ts'
import {
  bodyOf,
  type DeploymentOptions,
  makeKnown,
  type ServedDeployment,
  type World,
} from './register.ts'

export interface DeployOptions<P extends object> extends DeploymentOptions<P> {
  workPoolName: string
  /** @default the pool's default queue */
  workQueueName?: string
  /**
   * Where a worker finds the flow, from the directory that it works in: `path/flow.ts:name`.
   * @default this very script, and the flow's name
   */
  entrypoint?: string
  /** For the pool; `image` among them wins over the option. */
  jobVariables?: Record<string, unknown>
  /** The image that the pool's runs start from, as `registry/name:tag`. */
  image?: string
  /** Whether the image is built of this directory's Dockerfile first. @default true */
  build?: boolean
  /** Whether the image is pushed then. @default true */
  push?: boolean
  /** Runs at one time, wherever. */
  concurrencyLimit?: number
}

/**
 * In a process that only loads flows to run them, such as a worker's, it does nothing.
 * @throws ApiError when the server refuses; Error when the image cannot be built or pushed
 */
export async function deploy(
  { definition, parameterSchema }: ServedDeployment,
  options: DeployOptions<object>,
  at: World,
): Promise<{ id: string }> {
  if (isLoadedOnly()) return { id: '' }
  const { image, build = true, push = true } = options
  if (image !== undefined && build) await docker('build', '--tag', image, '.')
  if (image !== undefined && push) await docker('push', image)
  const body = {
    ...bodyOf(options, parameterSchema),
    work_pool_name: options.workPoolName,
    ...(options.workQueueName !== undefined && { work_queue_name: options.workQueueName }),
    entrypoint: options.entrypoint ?? `${ownScript()}:${definition.name}`,
    job_variables: { ...(image !== undefined && { image }), ...options.jobVariables },
    concurrency_limit: options.concurrencyLimit ?? null,
  }
  const { id } = await makeKnown(definition.name, options, body, at)
  at.say(`deployed ${definition.name}/${options.name} to work pool '${options.workPoolName}'`)
  return { id }
}

const ownScript = (): string => relative(process.cwd(), process.argv[1] ?? '').replaceAll(sep, '/')

async function docker(...args: string[]): Promise<void> {
  const child = spawn('docker', args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with code ${code}`)
}
