/** The secrets of this process's environment, by name, for whoever must make sure that they are nowhere else. */
import { readFileSync } from 'node:fs'
import { settingsTable } from './settings.ts'

type Names = Readonly<Record<string, string | undefined>>

const ours = /^(POSTERN_\w+|DATABASE_URL)$/
const openNames = new Set(
  Object.values(settingsTable)
    .filter(({ secret }) => !secret)
    .map(({ name }): string => name),
)

/** Every name of ours but the settings that are known to be no secret; a `…_FILE` stands for what is in the file. */
export function environmentSecrets(environment: Names = process.env): Map<string, string> {
  const secrets = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    if (!ours.test(name) || openNames.has(name) || value === undefined) continue
    const isFile = name.endsWith('_FILE')
    const secret = isFile ? contentOf(value) : value
    if (secret) secrets.set(isFile ? name.slice(0, -'_FILE'.length) : name, secret)
  }
  return secrets
}

/** Undefined when it cannot be read: then it is no secret of this process either. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
