// A function's code: one file of functions/ and what it imports, by esbuild, in this process; neither Docker nor a network is
// needed. What is imported on demand becomes a file of its own, so that a cold start does not read it.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The file of a function, from the root of the repository. */
export const sourceOf = (functionName: string): string => `functions/${functionName}.ts`

/** What the console's pages load, which its code looks for beside itself. */
const CONSOLE_ASSETS = 'lib/console/assets'

/** Writes a function's bundle, `index.mjs` and the parts it loads on demand, and answers esbuild's account of it. */
export function bundle(functionName: string, directory: string) {
  const account = bundleCode(functionName, directory)
  const parts = Object.values(account.outputs)
  if (parts.some(({ inputs }) => `${CONSOLE_ASSETS}.ts` in inputs)) {
    cpSync(join(ROOT, CONSOLE_ASSETS), join(directory, 'assets'), { recursive: true })
  }
  return account
}

function bundleCode(functionName: string, directory: string) {
  return buildSync({
    absWorkingDir: ROOT,
    entryPoints: { index: sourceOf(functionName) },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // Modules before CommonJS: the clients' ESM builds are shaken to a third of their size.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': './lib/aws/credentials.ts' },
    legalComments: 'none',
    logLevel: 'error',
  }).metafile
}

/** The bundle as a deployable asset, known by what is in it: a change elsewhere deploys nothing. */
export const codeOf = (functionName: string): Code =>
  Code.fromAsset(join(ROOT, 'functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'), // demanded by the interface; the local bundler always succeeds
      local: {
        tryBundle(directory) {
          bundle(functionName, directory)
          return true
        },
      },
    },
  })
