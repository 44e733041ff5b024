// Cold starts: what each function's bundle weighs and what loading it costs. Ends with failure when the ingest function, the only
// one that a stranger waits for, misses its target. `npm run bench:cold`
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { bundle } from '../infra/bundle.ts'
import { VARIABLE } from '../lib/names.ts'

const ROOT = join(import.meta.dirname, '..')
const RUNS = 7
const INGEST = 'receive'
const INGEST_BYTES_MAX = 400_000
const INGEST_CPU_MS_MAX = 60

export interface Weight {
  /** Read at start: the entry and what it imports statically. */
  startBytes: number
  /** With what is loaded on demand. */
  allBytes: number
  /** The way from the function's file to the first file of classic zod that is read at start; empty when there is none. */
  wayToZod: string[]
}

/** What a bundle weighs, from esbuild's account of it. */
export function weigh({ inputs, outputs }: Metafile): Weight {
  const [entry = ''] =
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.startsWith('functions/')) ?? []
  const read = new Set<string>()
  const follow = (file: string): void => {
    const output = outputs[file]
    if (!output || read.has(file)) return
    read.add(file)
    for (const { path, kind } of output.imports) if (kind === 'import-statement') follow(path)
  }
  follow(entry)
  const atStart = [...read].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
  const zod = atStart.find((file) => file.includes('node_modules/zod/v4/classic/'))
  const bytesOf = (files: Iterable<string>) =>
    [...files].reduce((bytes, file) => bytes + (outputs[file]?.bytes ?? 0), 0)
  return {
    startBytes: bytesOf(read),
    allBytes: bytesOf(Object.keys(outputs)),
    wayToZod: zod ? wayTo(zod, outputs[entry]?.entryPoint ?? '', inputs, new Set(atStart)) : [],
  }
}

/** The shortest way of imports, through files that are in the bundle. */
function wayTo(
  target: string,
  from: string,
  inputs: Metafile['inputs'],
  kept: Set<string>,
): string[] {
  const cameFrom = new Map<string, string | null>([[from, null]])
  for (const file of cameFrom.keys()) {
    if (file === target) {
      const way: string[] = []
      for (let at: string | null = file; at !== null; at = cameFrom.get(at) ?? null) way.unshift(at)
      return way
    }
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && kept.has(path) && !cameFrom.has(path)) {
        cameFrom.set(path, file)
      }
    }
  }
  return [target]
}

/** Milliseconds of processor time for loading a bundle in a new process; the least of some, for noise only adds. */
function initCpuMs(file: string): number {
  const script = `const before = process.cpuUsage()
await import(${JSON.stringify(file)})
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1000)`
  const environment = Object.fromEntries(Object.values(VARIABLE).map((name) => [name, '1']))
  const env = { ...process.env, ...environment, AWS_REGION: 'us-east-1' }
  const times = Array.from({ length: RUNS }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env,
        encoding: 'utf8',
      }),
    ),
  )
  return Math.min(...times)
}

function main(): void {
  const directory = mkdtempSync(join(tmpdir(), 'cold-'))
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const names = readdirSync(join(ROOT, 'functions')).map((file) => file.replace(/\.ts$/, ''))
  console.log(`Node ${process.version}, ${process.arch}; least of ${RUNS}`)
  console.log('function    start KB   all KB   init CPU ms   classic zod')
  try {
    for (const name of names) {
      const weight = weigh(bundle(name, join(directory, name)))
      const cpuMs = initCpuMs(join(directory, name, 'index.mjs'))
      const kb = (bytes: number) => String(Math.round(bytes / 1000)).padStart(8)
      const zod =
        weight.wayToZod.slice(1, -1).join(' → ') || (weight.wayToZod.length > 0 ? 'yes' : '-')
      console.log(
        `${name.padEnd(10)} ${kb(weight.startBytes)} ${kb(weight.allBytes)} ${cpuMs.toFixed(0).padStart(13)}   ${zod}`,
      )
      if (name !== INGEST) continue
      const misses =
        weight.startBytes > INGEST_BYTES_MAX ||
        cpuMs > INGEST_CPU_MS_MAX ||
        weight.wayToZod.length > 0
      if (misses) process.exitCode = 1
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

if (process.argv[1] === import.meta.filename) main()
