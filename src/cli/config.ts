/** `postern config`: every setting, its value and where it comes from; secrets are masked. */
import { parseArgs } from 'node:util'
import { type Config, loadConfig } from '../config/config.ts'
import { type SettingKey, settingKeys, settingsTable } from '../config/settings.ts'

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const rows = describeSettings(loadConfig())
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ data: rows }, null, 2)}\n`)
    return 0
  }
  for (const { name, value, origin, description } of rows) {
    process.stdout.write(`# ${description}\n${name}=${value ?? ''}  # ${origin}\n\n`)
  }
  return 0
}

export interface SettingRow {
  name: string
  value: string | null
  origin: string
  default: string | null
  description: string
}

export function describeSettings({ settings, origins }: Config): SettingRow[] {
  return settingKeys.map((key) => {
    const { name, description, defaultText } = settingsTable[key]
    return {
      name,
      value: shown(key, settings[key]),
      origin: origins[key],
      default: defaultText || null,
      description,
    }
  })
}

function shown(key: SettingKey, value: Config['settings'][SettingKey]): string | null {
  if (value === null) return null
  if (settingsTable[key].secret) return '********'
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object') return String(value)
  const host = value.host.includes(':') ? `[${value.host}]` : value.host
  return key === 'route' ? `smtp://${host}:${value.port}` : `${host}:${value.port}`
}
