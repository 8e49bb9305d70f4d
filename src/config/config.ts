/**
 * The only reader of the environment. Each setting comes from the environment, else from `<home>/settings.env`, else
 * from its default; everything that is wrong is reported at once.
 */
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkCertificates } from './check-certificates.ts'
import { checkOidc } from './check-oidc.ts'
import { nearestName } from './nearest-name.ts'
import { type SettingKey, type Settings, settingKeys, settingsTable } from './settings.ts'

export type Origin = 'default' | 'file' | 'environment'

export interface Config {
  settings: Readonly<Settings>
  origins: Readonly<Record<SettingKey, Origin>>
  /** `<home>/settings.env`, whether it exists or not. */
  file: string
  /** Where short-lived private folders may be made, best first. */
  temporaryFolders: readonly string[]
  /** Where this command finds programs such as the operator's own; given to the unseal command only. */
  searchPath: string
}

export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Named by whoever starts it, in the folder where they stand. */
const fileKeys = [
  'routesFile',
  'scannerKeysFile',
  'tlsCertFile',
  'tlsKeyFile',
  'acmeCaFile',
  'oidcCaFile',
] as const

type Names = Record<string, string | undefined>
type Layer = { origin: Origin; names: Names }

export function loadConfig(
  environment: Names = process.env,
  workingFolder = process.cwd(),
): Config {
  const problems: string[] = []
  const home = resolve(workingFolder, environment.POSTERN_HOME || '.postern')
  const file = join(home, 'settings.env')
  const layers: Layer[] = [
    { origin: 'environment', names: environment },
    { origin: 'file', names: readSettingsFile(file, problems) },
  ]
  for (const layer of layers) checkNames(layer, problems)
  const settings: Record<string, unknown> = {}
  const origins: Record<string, Origin> = {}
  for (const key of settingKeys) {
    const { value, origin } = readSetting(key, layers, problems)
    settings[key] = value
    origins[key] = origin
  }
  settings.home = home
  for (const key of fileKeys) {
    const file = settings[key]
    if (typeof file === 'string') settings[key] = resolve(workingFolder, file)
  }
  // Every key of the table was read above.
  checkCertificates(settings as unknown as Settings, problems)
  checkOidc(settings as unknown as Settings, problems)
  if (problems.length > 0) throw new ConfigProblems(problems)
  return {
    settings: Object.freeze(settings) as unknown as Settings, // every key of the table was read above
    origins: Object.freeze(origins) as Record<SettingKey, Origin>, // likewise
    file,
    temporaryFolders: [environment.XDG_RUNTIME_DIR, tmpdir()].filter((path) => path !== undefined),
    searchPath: environment.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  }
}

function readSetting(
  key: SettingKey,
  layers: readonly Layer[],
  problems: string[],
): { value: unknown; origin: Origin } {
  const setting = settingsTable[key]
  for (const { origin, names } of layers) {
    const text = setting.secret ? readSecret(setting.name, names, problems) : names[setting.name]
    // `NAME=` takes a setting back, as shells and compose files write it.
    if (text === undefined || text === '') continue
    const parsed = setting.parse(text)
    if ('value' in parsed) return { value: parsed.value, origin }
    problems.push(
      `${setting.name} must ${parsed.rule}; ${parsed.fix} (it comes from the ${origin}).`,
    )
    return { value: setting.fallback, origin }
  }
  return { value: setting.fallback, origin: 'default' }
}

/** A secret stands under its own name or in the file that NAME_FILE names, never both. */
function readSecret(name: string, names: Names, problems: string[]): string | undefined {
  const direct = names[name]
  const path = names[`${name}_FILE`]
  if (!path) return direct
  if (direct) {
    problems.push(`${name} and ${name}_FILE are both set; keep one of them.`)
    return direct
  }
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    problems.push(`${name}_FILE must name a readable file; check the path and its permissions.`)
    return undefined
  }
}

function checkNames({ origin, names }: Layer, problems: string[]): void {
  const known = settingKeys.flatMap((key) => {
    const { name, secret } = settingsTable[key]
    return secret ? [name, `${name}_FILE`] : [name]
  })
  for (const name of Object.keys(names)) {
    if (known.includes(name)) continue
    // The environment holds names of other programs too; the file is ours alone.
    if (origin === 'environment' && !name.startsWith('POSTERN_')) continue
    problems.push(
      `${name} is not a setting (it comes from the ${origin}); did you mean ${nearestName(name, known)}?`,
    )
  }
  if (origin === 'file' && names.POSTERN_HOME !== undefined) {
    problems.push('POSTERN_HOME cannot stand in the file it leads to; set it in the environment.')
  }
}

/** `KEY=value` lines as systemd, compose and `node --env-file` read them; `#` begins a comment line. */
function readSettingsFile(file: string, problems: string[]): Names {
  if (!existsSync(file)) return {}
  const names: Names = {}
  for (const [index, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line)
    const name = match?.[1]
    if (name === undefined) {
      problems.push(`${file} line ${index + 1} must be NAME=value; correct it or begin it with #.`)
      continue
    }
    names[name] = unquote(match?.[2] ?? '')
  }
  return names
}

function unquote(text: string): string {
  return /^"(.*)"$|^'(.*)'$/.test(text) ? text.slice(1, -1) : text
}
