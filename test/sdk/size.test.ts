// What `import … from 'tripline'` brings: no package of AWS, and no more packages and bytes than docs/SDK.md says.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** The packages that the SDK's entry imports, and the bytes of its bundle. */
async function entry(): Promise<{ packages: string[]; bytes: number }> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'lib/sdk/index.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    write: false,
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  const imported = (output?.imports ?? []).map(({ path }) => nameOf(path))
  const packages = imported.filter((name) => !isBuiltin(name))
  return { packages: [...new Set(packages)].sort(), bytes: output?.bytes ?? 0 }
}

const nameOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/')

/** Packages with all that they depend on. */
function closure(names: string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const manifest = join(ROOT, 'node_modules', name, 'package.json')
    if (found.has(name) || !existsSync(manifest)) continue
    found.add(name)
    closure(Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).dependencies ?? {}), found)
  }
  return found
}

const bytesOf = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

it('imports no package of AWS, and is as small as its page says', async () => {
  const { packages, bytes } = await entry()
  const all = closure(packages)
  const installed = [...all].reduce(
    (sum, name) => sum + bytesOf(join(ROOT, 'node_modules', name)),
    0,
  )
  const page = readFileSync(join(ROOT, 'docs/SDK.md'), 'utf8')
  const [, kilobytes, count, megabytes] =
    /The SDK is (\d+) KB; it imports .*: (\d+) packages, ([\d.]+) MB/.exec(page) ?? []

  expect([...all].filter((name) => name.startsWith('@aws-sdk'))).toEqual([])
  expect(page).toContain(packages.map((name) => `\`${name}\``).join(', '))
  expect({ packages: all.size }).toEqual({ packages: Number(count) })
  expect(bytes / 1000).toBeLessThan(Number(kilobytes) + 5)
  expect(installed / 1e6).toBeLessThan(Number(megabytes) + 0.2)
})
