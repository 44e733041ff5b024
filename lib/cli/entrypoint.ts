// `path/flow.ts:name`: a file of the user's, and the flow in it. TypeScript is run by whatever
// already can: the Node that we are in, or the tsx of the user's project.
import { createRequire } from 'node:module'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LOADED_ONLY } from '../sdk/child.ts'
import type { Flow } from '../sdk/flow.ts'
import type * as Sdk from '../sdk/index.ts'
import { CommandError } from './errors.ts'

export type AnyFlow = Flow<Record<string, unknown>, unknown>

const RUNNABLE = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

export const isRunnable = (entrypoint: string): boolean =>
  RUNNABLE.includes(extname(splitEntrypoint(entrypoint).file))

export function splitEntrypoint(entrypoint: string): { file: string; name: string | null } {
  const colon = entrypoint.lastIndexOf(':')
  if (colon <= 1) return { file: entrypoint, name: null } // none, or that of a Windows drive
  return { file: entrypoint.slice(0, colon), name: entrypoint.slice(colon + 1) }
}

/**
 * The flow that an entrypoint names: an export, or a flow's own name, or, if neither is said, the
 * only flow of the file.
 * @throws CommandError when there is no such file or flow
 */
export async function loadFlow(root: string, entrypoint: string): Promise<AnyFlow> {
  if (!isRunnable(entrypoint)) {
    throw new CommandError(`${entrypoint} is neither TypeScript nor JavaScript`, {
      fix: 'Python flows are served by Prefect: PREFECT_API_URL=… prefect flow serve',
    })
  }
  const { file, name } = splitEntrypoint(entrypoint)
  const exports = await importFile(root, file)
  const flows = Object.entries(exports).filter((entry): entry is [string, AnyFlow] =>
    isFlow(entry[1]),
  )
  const [found] =
    name === null ? flows : flows.filter(([key, flow]) => [key, flow.name].includes(name))
  if (found && (name !== null || flows.length === 1)) return found[1]
  const known = flows.map(([key]) => `${file}:${key}`).join(', ')
  throw new CommandError(
    name === null ? `${file} has ${flows.length} flows` : `${file} exports no flow '${name}'`,
    {
      fix: known
        ? `It has: ${known}`
        : "Export one: export const hello = flow(() => …, { name: 'hello' })",
    },
  )
}

const isFlow = (value: unknown): value is AnyFlow =>
  typeof value === 'function' && 'toDeployment' in value && 'serve' in value

/**
 * The SDK that the user's file imports, so that its flows and what runs them are of one piece; ours
 * where the project has none of its own.
 */
export async function sdkOf(
  root: string,
): Promise<Pick<typeof Sdk, 'crashHere' | 'runHere' | 'serve'>> {
  let path: string
  try {
    path = createRequire(join(root, 'package.json')).resolve('tripline')
  } catch (error) {
    if (!isNotFound(error)) throw error
    return import('../sdk/index.ts')
  }
  return (await import(pathToFileURL(path).href)) as typeof Sdk
}

async function importFile(root: string, file: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(resolve(root, file)).href
  if (/ts$/.test(extname(file)) && !runsTypeScript()) await registerTsx(root)
  const forget = onlyLoading()
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new CommandError(`this Node does not run ${extname(file)} files`, {
        fix: 'Install tsx beside your flows: npm install --save-dev tsx',
      })
    }
    const isItself = isNotFound(error) && message.includes(url.slice('file://'.length))
    if (isItself) throw new CommandError(`there is no file ${file}`, { fix: `Looked in ${root}.` })
    throw error
  } finally {
    forget()
  }
}

/** What a file itself serves or deploys as it is loaded is not meant: the SDK in it is told so. */
function onlyLoading(): () => void {
  process.env[LOADED_ONLY] = '1'
  return () => delete process.env[LOADED_ONLY]
}

/** Node does by itself from 22.18 on; or this process was started with tsx. */
const runsTypeScript = (): boolean =>
  Boolean((process.features as { typescript?: unknown }).typescript) ||
  [...process.execArgv, process.env.NODE_OPTIONS].some((argument) => argument?.includes('tsx'))

/** The user's own tsx, if there is one. Before the first import: Node remembers what it cannot run. */
async function registerTsx(root: string): Promise<void> {
  let path: string
  try {
    path = createRequire(join(root, 'package.json')).resolve('tsx')
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  }
  await import(pathToFileURL(path).href) // as `node --import tsx` does it
}

const isNotFound = (error: unknown): boolean =>
  ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  )
